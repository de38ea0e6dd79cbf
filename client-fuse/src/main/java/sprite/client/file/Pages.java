package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.session.ServerLink;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/**
 * The pages of one file that the kernel may hold, and answers programs from without asking. Whatever changes the file,
 * as this host sees it, {@link #bar}s them first: none are filled meanwhile, and those that were are forgotten.
 *
 * <p>A page is locked in the kernel while it is being filled, and the kernel waits for it when it is told to forget. So
 * a fill is left out of what is to be forgotten until its data is looked up (or, when the lease ends, until it is
 * answered): it waits for the same things as any read, and finds what is true afterwards.
 *
 * <p>Thread-safe: fields guarded by {@code lock}, the file's.
 */
// See "Pages" in the design notes.
final class Pages {
    /** The end of every file. */
    static final long END = Long.MAX_VALUE;

    /** Fills come in whole pages of at least this size. */
    private static final long PAGE = 4096;

    /** After how long it is looked whether a fill that began later keeps the kernel from forgetting. */
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long LEASE_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ReentrantLock lock;
    private final Condition changed;
    private final FileId id;
    private final ServerLink link;
    private final Lending lending;

    /** Reads of the kernel for its pages that have not been answered, in the order in which they came. */
    @GuardedBy("lock")
    private final Set<Fill> underWay = new LinkedHashSet<>();

    /** Counts fills; what came by those up to {@link #forgotten} the kernel has no more. */
    @GuardedBy("lock")
    private long filled;

    @GuardedBy("lock")
    private long forgotten;

    /**
     * Counts what made pages unfit to be kept for a later open: they may be from before this was made, or were not
     * protected while the file was closed. What was so up to {@link #cleaned} the kernel has no more.
     */
    @GuardedBy("lock")
    private long outdated = 1;

    @GuardedBy("lock")
    private long cleaned;

    /** Changes under way; nothing is filled. */
    @GuardedBy("lock")
    private int bars;

    /** How often everything was called back without waiting for what the server had been asked. */
    @GuardedBy("lock")
    private int lapses;

    /** A read of the kernel for some of its pages. Confined to the lock of its file. */
    static final class Fill {
        private final long from;
        private final long to;
        private boolean away;
        private int lapse;

        private Fill(long from, long to) {
            this.from = from;
            this.to = to;
        }
    }

    Pages(ReentrantLock lock, Condition changed, FileId id, ServerLink link, Lending lending) {
        this.lock = lock;
        this.changed = changed;
        this.id = id;
        this.link = link;
        this.lending = lending;
    }

    // --------------------------------------------------------------------------------------------------------- filling

    /** The kernel reads so many bytes for its pages. {@link #end} must follow. */
    Fill begin(long offset, long length) {
        Fill fill = new Fill(offset, offset + length);
        lock.lock();
        try {
            underWay.add(fill);
        } finally {
            lock.unlock();
        }
        return fill;
    }

    /** Whether the data may be looked up now, with the lock held until {@link #filled} or {@link #asks}. */
    boolean mayFill() {
        lock.lock();
        try {
            return bars == 0 && Lending.isLeaseLong(link);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until {@link #mayFill} may say something else, as long as a program's call may wait. */
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    void awaitFill() throws FsException {
        link.endure("read");
        lock.lock();
        try {
            long _ = changed.awaitNanos(LEASE_WAIT_NANOS);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that reads", e);
        } finally {
            lock.unlock();
        }
    }

    /** The fill brings what the cache holds at this moment. */
    void filled(Fill fill) {
        lock.lock();
        try {
            underWay.remove(fill);
            filled++;
        } finally {
            lock.unlock();
        }
    }

    /** The fill brings what the server will say, which calls these pages back before anybody changes them. */
    void asks(Fill fill) {
        lock.lock();
        try {
            fill.away = true;
            fill.lapse = lapses;
            filled++;
            outdated++; // once the file is closed the server does not call them back
        } finally {
            lock.unlock();
        }
    }

    /** The server has answered; returns whether that may be used, and does not come from before a {@link #lapse}. */
    boolean isGood(Fill fill) {
        lock.lock();
        try {
            fill.away = false;
            if (fill.lapse != lapses) {
                return false;
            }
            underWay.remove(fill);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The fill is answered, or has failed. */
    void end(Fill fill) {
        lock.lock();
        try {
            underWay.remove(fill);
        } finally {
            lock.unlock();
        }
    }

    // ------------------------------------------------------------------------------------------------------ forgetting

    /** The file has changed while nobody on this host had it open. */
    void areOutOfDate() {
        lock.lock();
        try {
            outdated++;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the kernel may hold pages that programs with the file open read. */
    boolean areHeld() {
        lock.lock();
        try {
            return filled > forgotten;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the kernel from filling pages until {@link #unbar}, and has it forget those in between. May wait. */
    void bar(long from, long to) {
        lock.lock();
        try {
            bars++;
        } finally {
            lock.unlock();
        }
        if (areHeld()) {
            forget(from, to, false);
        }
    }

    /**
     * As {@link #bar}, of all pages, and waits for nothing that the server may not answer before this client has
     * obeyed: such fills are asked for again.
     */
    void barToObey() {
        lock.lock();
        try {
            bars++;
        } finally {
            lock.unlock();
        }
        lapse();
    }

    /** The change is over. */
    void unbar() {
        lock.lock();
        try {
            bars--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Has the kernel forget everything. What the server was asked for before is asked for again: the lease may end. */
    void lapse() {
        lock.lock();
        try {
            if (filled == forgotten) {
                return;
            }
            lapses++;
        } finally {
            lock.unlock();
        }
        forget(0, END, true);
    }

    /** The file has been opened to read, and is cached; returns whether the kernel may keep pages of it. */
    boolean areLent() {
        if (!lending.isOn()) {
            return false;
        }
        if (!areClean()) {
            forget(0, END, false);
        }
        return areClean();
    }

    private boolean areClean() {
        lock.lock();
        try {
            return outdated == cleaned;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the kernel has no page of what is asked that was filled before. */
    private void forget(long from, long to, boolean lapse) {
        lock.lock();
        try {
            long filledBefore = filled;
            long outdatedBefore = outdated;
            Set<Fill> passedBy = inTheWay(from, to, lapse);
            List<CompletableFuture<?>> rounds = new ArrayList<>();
            rounds.add(tell(from, to, passedBy));
            long left = ROUND_NANOS;
            while (rounds.stream().noneMatch(CompletableFuture::isDone)) {
                left = changed.awaitNanos(left);
                if (left <= 0) {
                    Set<Fill> inTheWay = inTheWay(from, to, lapse);
                    if (!passedBy.containsAll(inTheWay)) {
                        passedBy = inTheWay;
                        rounds.add(tell(from, to, passedBy));
                    }
                    left = ROUND_NANOS;
                }
            }
            if (from == 0 && to == END) {
                forgotten = Math.max(forgotten, filledBefore);
                cleaned = Math.max(cleaned, outdatedBefore);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the mount has ended, and nobody reads any more
        } finally {
            lock.unlock();
        }
    }

    /** Fills that the kernel would wait for, though they wait for others. */
    @GuardedBy("lock")
    private Set<Fill> inTheWay(long from, long to, boolean lapse) {
        Set<Fill> found = new LinkedHashSet<>();
        for (Fill fill : underWay) {
            if (fill.from < to && fill.to > from && (lapse || !fill.away)) {
                found.add(fill);
            }
        }
        return found;
    }

    /** Tells the kernel to forget all that lies between the fills, and wakes whoever waits for that. */
    @GuardedBy("lock")
    private CompletableFuture<?> tell(long from, long to, Set<Fill> passedBy) {
        List<CompletableFuture<?>> parts = new ArrayList<>();
        long at = from;
        for (Fill fill :
                passedBy.stream().sorted(Comparator.comparingLong(f -> f.from)).toList()) {
            long end = fill.from / PAGE * PAGE;
            if (end > at) {
                parts.add(lending.borrower().forgetPages(id, at, end - at));
            }
            at = Math.max(at, (fill.to + PAGE - 1) / PAGE * PAGE);
        }
        if (at < to) {
            parts.add(lending.borrower().forgetPages(id, at, to == END ? 0 : to - at));
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
