package sprite.client.stress;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whether a mount is there, or was killed and is being mounted again. Workers wait outside meanwhile; what they had
 * begun before is not to be trusted. Thread-safe: fields guarded by {@code lock}.
 */
final class Gate {
    /** Guards the fields; held for a few instructions, or to wait. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition opened = lock.newCondition();

    @GuardedBy("lock")
    private boolean closed;

    /** How often it was closed. */
    private final AtomicInteger times = new AtomicInteger();

    void close() {
        lock.lock();
        try {
            closed = true;
            times.incrementAndGet();
        } finally {
            lock.unlock();
        }
    }

    void open() {
        lock.lock();
        try {
            closed = false;
            opened.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits until it is open; how often it was closed before. */
    int pass() {
        lock.lock();
        try {
            while (closed) {
                opened.awaitUninterruptibly();
            }
            return times.get();
        } finally {
            lock.unlock();
        }
    }

    int times() {
        return times.get();
    }
}
