package sprite.client.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.box.CallTrail;
import sprite.client.box.KeptSession;
import sprite.client.call.Trail;

/** Numbers the writes of data to one server, so that it does none of them twice. Thread-safe: by {@code lock}. */
final class WriteNumbers {
    /** Guards the numbers. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final TreeSet<Long> unanswered = new TreeSet<>();

    @GuardedBy("lock")
    private long last;

    private final KeptSession kept;

    /** @param last the number of the last write of the client's life before; 0 for its first life */
    WriteNumbers(long last, KeptSession kept) {
        this.last = last;
        this.kept = kept;
        kept.lastWrite(last);
        for (CallTrail.Step step : kept.stepsBefore()) {
            if (step.kind() == Trail.WRITE) {
                unanswered.add(step.number());
            }
        }
    }

    /** The number of the last write. */
    long last() {
        lock.lock();
        try {
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** The number of one more write. */
    long next() {
        lock.lock();
        try {
            unanswered.add(++last);
            kept.lastWrite(last);
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for the write any more. */
    void over(long number) {
        lock.lock();
        try {
            unanswered.remove(number);
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for any write up to this one. */
    long acked() {
        lock.lock();
        try {
            return unanswered.isEmpty() ? last : unanswered.first() - 1;
        } finally {
            lock.unlock();
        }
    }
}
