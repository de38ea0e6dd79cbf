package sprite.client.fuse;

/**
 * A call of a program that has not been answered, for people. Immutable; the names are those of {@code status --json}.
 *
 * @param call what was asked for, such as {@code open}
 * @param of path or file, as far as the driver knows it
 * @param pid of the thread that waits, as the daemon sees it; 0 if it does not
 * @param waitingMillis since it was asked
 * @param waitsFor which server, or what happens to which file; empty if it is at work
 */
public record WaitingCall(String call, String of, int uid, int pid, long waitingMillis, String waitsFor) {}
