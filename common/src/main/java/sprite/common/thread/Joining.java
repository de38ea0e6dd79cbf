package sprite.common.thread;

import java.util.Collection;

/** Waits for threads that have been told to end. */
public final class Joining {
    private Joining() {}

    /** Returns when all have ended. An interrupt does not shorten the wait; it is there again afterwards. */
    public static void join(Collection<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
