/**
 * The locks that programs take on files: whole files (flock(2)) and byte ranges (fcntl(2)), over all clients.
 *
 * <p>{@link sprite.server.lock.Locks} is the door. Advisory only: nothing else in the server asks whether a file is
 * locked.
 */
@NullMarked
package sprite.server.lock;

import org.jspecify.annotations.NullMarked;
