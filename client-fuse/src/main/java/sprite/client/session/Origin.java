package sprite.client.session;

import sprite.client.box.KeptSession;
import sprite.common.wire.proto.FormerSession;

/**
 * Where a session begins. Immutable.
 *
 * @param former the session that the client's life before has left; the default instance if there is none
 * @param kept what is kept of it for the client's next life
 */
record Origin(FormerSession former, KeptSession kept) {}
