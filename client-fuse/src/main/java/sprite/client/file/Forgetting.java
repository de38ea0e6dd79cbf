package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.common.name.FileId;

/**
 * Has the kernel forget pages of one file, passing by those whose reads wait for others. Thread-safe: fields guarded by
 * {@code lock}, the file's.
 */
final class Forgetting {
    /** After how long it is looked whether a fill that began later keeps the kernel from forgetting. */
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    /** For so many rounds fills are waited for that the server was asked for; then they are asked for again. */
    private static final int ROUNDS_FOR_ASKED = 10;

    /** After so many, truncations are given up, during which the kernel does not bring back what was stored. */
    private static final int ROUNDS_FOR_TRUNCATIONS = 500;

    private final ReentrantLock lock;
    private final Condition changed;
    private final FileId id;
    private final Lending lending;
    private final Fills fills;

    @GuardedBy("lock")
    private int underWay;

    @GuardedBy("lock")
    private int lapses;

    /** Calls during which the kernel brings no pages of the file back. */
    @GuardedBy("lock")
    private final Set<Call> truncating = new HashSet<>();

    Forgetting(ReentrantLock lock, Condition changed, FileId id, Lending lending, Fills fills) {
        this.lock = lock;
        this.changed = changed;
        this.id = id;
        this.lending = lending;
        this.fills = fills;
    }

    /** Whether the kernel is being told to forget, and may wait for pages that it brings back. */
    boolean isUnderWay() {
        lock.lock();
        try {
            return underWay > 0;
        } finally {
            lock.unlock();
        }
    }

    /** How often everything was called back without waiting for what the server had been asked. */
    int lapses() {
        lock.lock();
        try {
            return lapses;
        } finally {
            lock.unlock();
        }
    }

    /** What the server was asked for before is asked for again, and not waited for. */
    void lapse() {
        lock.lock();
        try {
            lapses++;
        } finally {
            lock.unlock();
        }
    }

    /** Until {@link #truncationEnds} the kernel brings no pages back; the call is aborted if it has to. */
    void truncationBegins(@Nullable Call call) {
        lock.lock();
        try {
            if (call != null) {
                truncating.add(call);
            }
        } finally {
            lock.unlock();
        }
    }

    void truncationEnds(@Nullable Call call) {
        lock.lock();
        try {
            if (call != null) {
                truncating.remove(call);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns when the kernel has no page of what is asked that was filled before.
     *
     * @param lapsed nothing is waited for that the server has not answered
     */
    void forget(long from, long to, boolean lapsed) throws InterruptedException {
        lock.lock();
        try {
            underWay++;
            changed.signalAll();
            try {
                awaitForgotten(from, to, lapsed);
            } finally {
                ended();
            }
        } finally {
            lock.unlock();
        }
    }

    private void ended() {
        lock.lock();
        try {
            underWay--;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void awaitForgotten(long from, long to, boolean lapsed) throws InterruptedException {
        boolean all = lapsed;
        Set<Fills.Fill> passedBy = fills.inTheWay(from, to, all ? Fills.ALL : lapses);
        List<CompletableFuture<?>> told = new ArrayList<>();
        told.add(tell(from, to, passedBy));
        long left = ROUND_NANOS;
        int rounds = 0;
        while (told.stream().noneMatch(CompletableFuture::isDone)) {
            left = changed.awaitNanos(left);
            if (left <= 0) {
                rounds++;
                if (!all && rounds >= ROUNDS_FOR_ASKED) {
                    lapse();
                    all = true;
                }
                if (rounds >= ROUNDS_FOR_TRUNCATIONS) {
                    truncating.forEach(Call::abort);
                }
                Set<Fills.Fill> inTheWay = fills.inTheWay(from, to, all ? Fills.ALL : lapses);
                if (!passedBy.containsAll(inTheWay)) {
                    passedBy = inTheWay;
                    told.add(tell(from, to, passedBy));
                }
                left = ROUND_NANOS;
            }
        }
    }

    /** Tells the kernel to forget all that lies between the fills, and wakes whoever waits for that. */
    @GuardedBy("lock")
    private CompletableFuture<?> tell(long from, long to, Set<Fills.Fill> passedBy) {
        List<CompletableFuture<?>> parts = new ArrayList<>();
        for (Fills.Range range : Fills.between(passedBy, from, to)) {
            long length = range.to() == Pages.END ? 0 : range.to() - range.from();
            parts.add(lending.borrower().forgetPages(id, range.from(), length));
        }
        var told = CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new));
        var _ = told.whenComplete((_, _) -> signal());
        return told;
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
