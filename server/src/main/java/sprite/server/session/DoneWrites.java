package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.WriteReply;

/**
 * The answers to a session's numbered writes, until it says that they arrived. A write that is done again after others
 * have written would undo what they wrote. Thread-safe: fields guarded by {@code lock}.
 */
public final class DoneWrites {
    /** So many are kept for a client that acknowledges none; one that does has far fewer writes under way. */
    private static final int ANSWERS_MAX = 65_536;

    /** Guards the answers. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final TreeMap<Long, WriteReply> answers = new TreeMap<>();

    @GuardedBy("lock")
    private long acked;

    /** All writes up to this number have been answered. Returns whether that is news. */
    public boolean acknowledge(long number) {
        lock.lock();
        try {
            if (number <= acked) {
                return false;
            }
            acked = number;
            answers.headMap(number, true).clear();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody waits for the write any more: this is a copy that was long on its way. */
    public boolean isOver(long number) {
        lock.lock();
        try {
            return number != 0 && number <= acked;
        } finally {
            lock.unlock();
        }
    }

    /** The answer, if the write has been done. */
    public @Nullable WriteReply find(long number) {
        lock.lock();
        try {
            return answers.get(number);
        } finally {
            lock.unlock();
        }
    }

    /** The write has been done. */
    public void done(long number, WriteReply answer) {
        lock.lock();
        try {
            if (number > acked) {
                answers.put(number, answer);
                if (answers.size() > ANSWERS_MAX) {
                    var _ = answers.pollFirstEntry();
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
