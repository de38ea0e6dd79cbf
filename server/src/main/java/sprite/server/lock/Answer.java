package sprite.server.lock;

import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;

/**
 * What became of a request. Immutable.
 *
 * @param ticket of the request
 * @param refusal why not; null: granted
 */
record Answer(long ticket, @Nullable FsError refusal) {}
