/**
 * What the server is doing, as one JSON object for people and scripts.
 *
 * <p>{@link sprite.server.status.ServerStatus} is the object, field by field; {@link sprite.server.status.StatusReport}
 * gathers it from the rooms that know. Names of fields are an interface: they are added to, never changed.
 */
@NullMarked
package sprite.server.status;

import org.jspecify.annotations.NullMarked;
