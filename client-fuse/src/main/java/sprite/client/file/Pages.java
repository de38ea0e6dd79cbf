package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
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

    /** How long a change waits at most for fills that earlier changes keep waiting. */
    private static final long TURN_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

    /** After how long it is looked whether a fill that began later keeps the kernel from forgetting. */
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private static final long LEASE_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ReentrantLock lock;
    private final Condition changed;
    private final FileId id;
    private final ServerLink link;
    private final Lending lending;

    /** Reads of the kernel for its pages that have not been answered. */
    @GuardedBy("lock")
    private final Fills fills = new Fills();

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

    /** The last drop that the server asked for and that has been done. */
    @GuardedBy("lock")
    private long dropped;

    /** How often everything was called back without waiting for what the server had been asked. */
    @GuardedBy("lock")
    private int lapses;

    Pages(ReentrantLock lock, Condition changed, FileId id, ServerLink link, Lending lending) {
        this.lock = lock;
        this.changed = changed;
        this.id = id;
        this.link = link;
        this.lending = lending;
    }

    // --------------------------------------------------------------------------------------------------------- filling

    /** The kernel reads so many bytes for its pages. {@link #end} must follow. */
    Fills.Fill begin(long offset, long length) {
        lock.lock();
        try {
            return fills.begin(offset, length);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the data may be looked up now, with the lock held until {@link #filled} or {@link #asks}. */
    boolean mayFill() {
        lock.lock();
        try {
            return bars == 0 && lending.mayLend(link);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until {@link #mayFill} may say something else, as long as a program's call may wait. IO at the end. */
    @SuppressWarnings("WaitNotInLoop") // the loop is the caller's
    void awaitFill(Fills.Fill fill) throws FsException {
        link.endure("read");
        if (lending.isOver()) {
            throw new FsException("read", id + ", the mount ends", FsError.IO);
        }
        lock.lock();
        try {
            if (bars > 0) {
                fills.isBarred(fill);
            }
            if (!mayFill()) {
                long _ = changed.awaitNanos(LEASE_WAIT_NANOS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that reads", e);
        } finally {
            lock.unlock();
        }
    }

    /** The fill brings what the cache holds at this moment. */
    void filled(Fills.Fill fill) {
        lock.lock();
        try {
            end(fill);
            filled++;
        } finally {
            lock.unlock();
        }
    }

    /** The fill brings what the server will say, which calls these pages back before anybody changes them. */
    void asks(Fills.Fill fill) {
        lock.lock();
        try {
            fill.away = true;
            fill.lapse = lapses;
            fill.dropped = dropped;
            turn(fill);
            filled++;
            outdated++; // once the file is closed the server does not call them back
        } finally {
            lock.unlock();
        }
    }

    /** The last drop that had been done when the server was asked for the fill. */
    long dropped(Fills.Fill fill) {
        lock.lock();
        try {
            return fill.dropped;
        } finally {
            lock.unlock();
        }
    }

    /** The server has refused to say: the session is lost, and the fill waits for another one. */
    void refused(Fills.Fill fill) {
        lock.lock();
        try {
            fill.away = false;
        } finally {
            lock.unlock();
        }
    }

    /** The server has answered; returns whether that may be used, and does not come from before a {@link #lapse}. */
    boolean isGood(Fills.Fill fill) {
        lock.lock();
        try {
            fill.away = false;
            if (fill.lapse != lapses) {
                return false;
            }
            end(fill);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The fill is answered, or has failed. */
    void end(Fills.Fill fill) {
        lock.lock();
        try {
            fills.end(fill);
            turn(fill);
        } finally {
            lock.unlock();
        }
    }

    /** The fill does not wait for changes any more. */
    @GuardedBy("lock")
    private void turn(Fills.Fill fill) {
        if (fills.hadItsTurn(fill)) {
            changed.signalAll();
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

    /**
     * Lets fills be first that other changes keep waiting, so that many writers do not keep a reader waiting for ever.
     */
    void giveWay() {
        lock.lock();
        try {
            long left = TURN_NANOS_MAX;
            while (fills.areBarred() && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that writes", e);
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

    /**
     * Drops all pages because the server asks for it, and calls {@code done} when that has been done; what is filled
     * after that is asked for with the number of this drop.
     */
    void drop(long number, Runnable done) {
        bar(0, END);
        try {
            lock.lock();
            try {
                dropped = Math.max(dropped, number);
            } finally {
                lock.unlock();
            }
            done.run();
        } finally {
            unbar();
        }
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
            Set<Fills.Fill> passedBy = fills.inTheWay(from, to, lapse ? Fills.ALL : lapses);
            List<CompletableFuture<?>> rounds = new ArrayList<>();
            rounds.add(tell(from, to, passedBy));
            long left = ROUND_NANOS;
            while (rounds.stream().noneMatch(CompletableFuture::isDone)) {
                left = changed.awaitNanos(left);
                if (left <= 0) {
                    Set<Fills.Fill> inTheWay = fills.inTheWay(from, to, lapse ? Fills.ALL : lapses);
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

    /** Tells the kernel to forget all that lies between the fills, and wakes whoever waits for that. */
    @GuardedBy("lock")
    private CompletableFuture<?> tell(long from, long to, Set<Fills.Fill> passedBy) {
        List<CompletableFuture<?>> parts = new ArrayList<>();
        for (Fills.Range range : Fills.between(passedBy, from, to)) {
            long length = range.to() == END ? 0 : range.to() - range.from();
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
