package sprite.client.fs;

import sprite.common.file.Credentials;

/**
 * The process on whose behalf a call is made. Supplementary groups are looked up only when they decide something, since
 * the kernel does not pass them along.
 */
public interface Caller {
    /** Effective user id. */
    int uid();

    /** Effective group id. */
    int gid();

    /** Process (thread) id, for locks and for people. */
    int pid();

    /**
     * Mode bits that the process does not want on what it makes (umask(2)), where the kernel leaves it to the file
     * system to take them away: a default access control list may count in their place. 0 where it does that itself.
     */
    default int umask() {
        return 0;
    }

    /** With supplementary groups; costs a look into /proc for anybody but root. */
    Credentials credentials();

    /**
     * Whether nobody wants the answer to this call any more: the program is ending or, while it waits for a lock, was
     * sent a signal. Asked now and then by calls that may wait long.
     */
    boolean isInterrupted();
}
