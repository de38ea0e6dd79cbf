package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.session.ServerLink;
import sprite.common.wire.proto.ClientFrame;

/**
 * Frames about one file on their way out. They are put in the queue with the file's lock held, which gives them their
 * order, and sent without it. Thread-safe: fields guarded by {@code lock}, the file's.
 */
final class Outgoing {
    private final ReentrantLock lock;
    private final Condition changed;
    private final ServerLink link;

    @GuardedBy("lock")
    private final ArrayDeque<Posted> queue = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean sending;

    private record Posted(ClientFrame.Builder frame, Runnable sent) {}

    /**
     * Nothing to say.
     *
     * @param changed told when something has been sent
     */
    Outgoing(ReentrantLock lock, Condition changed, ServerLink link) {
        this.lock = lock;
        this.changed = changed;
        this.link = link;
    }

    /**
     * Puts a frame in the queue, with the lock held.
     *
     * @param sent runs, with the lock held, as soon as whatever is sent later will be behind the frame
     */
    void post(ClientFrame.Builder frame, Runnable sent) {
        lock.lock();
        try {
            queue.add(new Posted(frame, sent));
        } finally {
            lock.unlock();
        }
    }

    /** Whether something is posted that what is sent now might overtake. */
    boolean isUnderWay() {
        lock.lock();
        try {
            return sending || !queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what is not sent, with the lock held. */
    void discard() {
        lock.lock();
        try {
            queue.forEach(posted -> posted.sent.run());
            queue.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Sends what is posted, without the lock. Never waits: if another thread is sending, that one sends these too. */
    void send() {
        Posted posted = next();
        while (posted != null) {
            try {
                link.send(posted.frame);
            } finally {
                sent(posted);
            }
            posted = next();
        }
    }

    private @Nullable Posted next() {
        lock.lock();
        try {
            if (sending || queue.isEmpty()) {
                return null;
            }
            sending = true;
            return queue.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    private void sent(Posted posted) {
        lock.lock();
        try {
            sending = false;
            posted.sent.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
