package sprite.client.stress;

/** A system call of the stress, from its beginning to its end. Thread-safe: the end is written once. */
final class UnderWay {
    private final String call;
    private final String file;
    private final int thread;
    private final boolean isForLock;
    private final long beganNanos = System.nanoTime();

    /** 0 until then. */
    private volatile long endedNanos;

    /**
     * A call that begins now.
     *
     * @param call name of the system call, or what it does
     * @param file by the name under which it is called, or was opened
     * @param thread the kernel's number of the thread that makes it
     * @param isForLock it waits for as long as others have the lock that it asks for
     */
    UnderWay(String call, String file, int thread, boolean isForLock) {
        this.call = call;
        this.file = file;
        this.thread = thread;
        this.isForLock = isForLock;
    }

    String call() {
        return call;
    }

    String file() {
        return file;
    }

    int thread() {
        return thread;
    }

    boolean isForLock() {
        return isForLock;
    }

    /** By {@link System#nanoTime}. */
    long beganNanos() {
        return beganNanos;
    }

    /** The call has returned. */
    void end() {
        endedNanos = System.nanoTime() | 1;
    }

    boolean hasEnded() {
        return endedNanos != 0;
    }

    /** Until its end or, if it has not ended, until now. */
    long tookNanos() {
        long ended = endedNanos;
        return (ended == 0 ? System.nanoTime() : ended) - beganNanos;
    }
}
