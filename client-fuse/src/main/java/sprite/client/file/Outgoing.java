package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
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
    private final ServerLink link;

    @GuardedBy("lock")
    private final ArrayDeque<ClientFrame.Builder> queue = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean sending;

    Outgoing(ReentrantLock lock, ServerLink link) {
        this.lock = lock;
        this.link = link;
    }

    /** Puts a frame in the queue, with the lock held. */
    void post(ClientFrame.Builder frame) {
        lock.lock();
        try {
            queue.add(frame);
        } finally {
            lock.unlock();
        }
    }

    /** Sends what is posted, without the lock. Never waits: if another thread is sending, that one sends these too. */
    void send() {
        ClientFrame.Builder frame = next();
        while (frame != null) {
            try {
                link.send(frame);
            } finally {
                sent();
            }
            frame = next();
        }
    }

    private ClientFrame.@Nullable Builder next() {
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

    private void sent() {
        lock.lock();
        try {
            sending = false;
        } finally {
            lock.unlock();
        }
    }
}
