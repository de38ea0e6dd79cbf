/**
 * Advisory locks between hosts: {@code fcntl(2)} byte ranges and {@code flock(2)}, for all files of this server.
 *
 * <p>{@link sprite.server.lock.Locks} is the door, {@link sprite.server.lock.LockTable} what stands behind it: it adds
 * a lock of its own and futures to {@link sprite.server.lock.LockSpace}, which decides everything and knows nothing of
 * threads. Below that, {@link sprite.server.lock.HeldRanges} is who holds what in one file.
 *
 * <p>The two kinds do not see each other, as on Linux. A request that nothing held stands in the way of is granted at
 * once, even if others wait: POSIX lets F_SETLK fail only on account of a lock that is held, and an owner that extends
 * what it has must not wait for those who wait for it. Those who wait are asked again in the order in which they came,
 * whenever something is released.
 *
 * <p>Sources: POSIX.1-2017 {@code fcntl}, flock(2) and fcntl_locking(2) of the Linux manual.
 */
@NullMarked
package sprite.server.lock;

import org.jspecify.annotations.NullMarked;
