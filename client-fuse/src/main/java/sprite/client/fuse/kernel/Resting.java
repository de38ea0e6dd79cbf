package sprite.client.fuse.kernel;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The workers that have nothing to do. Who came last is woken first: its memory, of a megabyte and more, is still in
 * the processor's caches. Thread-safe: by its own lock, under which nothing is called.
 */
final class Resting {
    private final int most;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Semaphore> wakings = new ArrayDeque<>(); // lock
    private boolean over; // lock

    /** @param most so many rest; who comes when so many do is sent away */
    Resting(int most) {
        this.most = most;
    }

    /** Rests until somebody wakes this thread; false, at once, if too many do or all is over. */
    boolean rest() {
        var waking = new Semaphore(0);
        lock.lock();
        try {
            if (over || wakings.size() == most) {
                return false;
            }
            wakings.push(waking);
        } finally {
            lock.unlock();
        }
        waking.acquireUninterruptibly();
        return true;
    }

    /** Wakes one; false if none rests. */
    boolean wake() {
        lock.lock();
        try {
            Semaphore last = wakings.poll();
            if (last != null) {
                last.release();
            }
            return last != null;
        } finally {
            lock.unlock();
        }
    }

    /** Wakes all; from now on nobody rests. */
    void end() {
        lock.lock();
        try {
            over = true;
            wakings.forEach(Semaphore::release);
            wakings.clear();
        } finally {
            lock.unlock();
        }
    }
}
