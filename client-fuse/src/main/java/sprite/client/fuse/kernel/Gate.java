package sprite.client.fuse.kernel;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What every request passes before it is carried out: closed when a mount is about to change hands. What has been read
 * from the kernel and not passed has had no effect; the kernel sends it once more to whoever takes the mount over.
 * Thread-safe: by its lock, which is above all others of the driver and held shared while a request is carried out.
 */
final class Gate {
    private final ReentrantReadWriteLock passage = new ReentrantReadWriteLock();
    private volatile boolean closing;

    /** Waits while it is closed. */
    void enter() {
        passage.readLock().lock();
    }

    /** The request that has entered is answered, or not to be answered here. */
    void leave() {
        passage.readLock().unlock();
    }

    /** Whether somebody waits for all who have entered to leave. */
    boolean isClosing() {
        return closing;
    }

    /**
     * Closes when all who have entered have left; false, and it is open, if that takes longer than {@code patience}.
     *
     * @param hurry called when nobody enters any more without knowing that it {@link #isClosing}
     */
    boolean close(Duration patience, Runnable hurry) throws InterruptedException {
        closing = true;
        boolean closed = false;
        try {
            hurry.run();
            closed = passage.writeLock().tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            closing = closed;
        }
        return closed;
    }

    /** Opens again; on the thread that has closed it. */
    void open() {
        closing = false;
        passage.writeLock().unlock();
    }
}
