/**
 * Programs that use some mounts of one file system as hard as they can, and remember what they did and saw.
 *
 * <p>{@link sprite.client.stress.StressRun} is the door: it runs {@link sprite.client.stress.Workload}s window by
 * window and hands over a {@link sprite.consistency.history.History} of each. A process of the history is a
 * {@link sprite.client.stress.Worker}: a thread that makes system calls on one mount. Threads of one JVM share a
 * monotonic clock, and the file system cannot tell them from processes; for classic fcntl(2) locks, which belong to a
 * process, each has a {@link sprite.client.stress.LockOwner}. Nothing here knows spritefs: any file system will do.
 */
@NullMarked
package sprite.client.stress;

import org.jspecify.annotations.NullMarked;
