package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.fs.FileSystem;
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

    private static final long LEASE_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ReentrantLock lock;
    private final Condition changed;
    private final FileId id;
    private final ServerLink link;
    private final Lending lending;

    /** Reads of the kernel for its pages that have not been answered. */
    @GuardedBy("lock")
    private final Fills fills = new Fills();

    final Forgetting forgetting;

    /** Counts fills; what came by those up to {@link #forgotten} the kernel has no more. */
    @GuardedBy("lock")
    private long filled;

    @GuardedBy("lock")
    private long forgotten;

    @GuardedBy("lock")
    private final Kept kept = new Kept();

    /** Changes under way; nothing is filled. */
    @GuardedBy("lock")
    private int bars;

    /** The last drop that the server asked for and that has been done. */
    @GuardedBy("lock")
    private long dropped;

    /** The last fill into whose pages, as the server was told, no program stores. */
    @GuardedBy("lock")
    private long readOnly;

    Pages(ReentrantLock lock, Condition changed, FileId id, ServerLink link, Lending lending) {
        this.lock = lock;
        this.changed = changed;
        this.id = id;
        this.link = link;
        this.lending = lending;
        this.forgetting = new Forgetting(lock, changed, id, lending, fills);
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

    /**
     * The fill brings what the server will say, which calls these pages back before anybody changes them.
     *
     * @param writable programs may store into them
     */
    void asks(Fills.Fill fill, boolean writable) {
        lock.lock();
        try {
            fill.writable = writable;
            fill.away = true;
            fill.lapse = forgetting.lapses();
            fill.dropped = dropped;
            turn(fill);
            filled++;
            readOnly = writable ? readOnly : filled;
            kept.areOutOfDate(); // once the file is closed the server does not call them back
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
            if (fill.lapse != forgetting.lapses()) {
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
            kept.areOutOfDate();
        } finally {
            lock.unlock();
        }
    }

    /** A program may store into pages from now on: those of which the server thinks otherwise are forgotten. */
    void areStoredTo() {
        lock.lock();
        try {
            if (readOnly <= forgotten) {
                return;
            }
        } finally {
            lock.unlock();
        }
        lapse();
    }

    /** Whether programs can store into pages at all, with the file open for writing. */
    boolean mayBeStoredTo() {
        return lending.borrower().keepsWritablePages();
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

    /** The file has been made shorter, perhaps, for this host. */
    void cut() {
        lock.lock();
        try {
            kept.cut();
        } finally {
            lock.unlock();
        }
    }

    /** As {@link sprite.client.fs.FileSystem#cuts}, while the file is not being made shorter. */
    long cuts() {
        lock.lock();
        try {
            return kept.wereLent() || filled > 0 ? kept.cuts() : FileSystem.NO_PAGES;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps the kernel from filling pages until {@link #unbar}, and has it forget those in between. May wait. */
    void bar(long from, long to) {
        barFillsOnly();
        if (areHeld()) {
            forget(from, to, false);
        }
    }

    /**
     * As {@link #bar}, for a truncation that the kernel asks for: until it is answered it brings back no pages that
     * were stored to, and so could not forget them.
     */
    void barFillsOnly() {
        lock.lock();
        try {
            bars++;
        } finally {
            lock.unlock();
        }
    }

    /**
     * As {@link #bar}, of all pages, and waits for nothing that the server may not answer before this client has
     * obeyed: such fills are asked for again.
     */
    void barToObey() {
        barFillsOnly();
        lapse();
    }

    /**
     * Drops all pages because the server asks for it, and calls {@code done} when that has been done, and what was
     * stored to them has {@code landed}; what is filled after that is asked for with the number of this drop.
     */
    void drop(long number, Runnable landed, Runnable done) {
        bar(0, END);
        try {
            landed.run();
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
            forgetting.lapse();
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
        lock.lock();
        try {
            return kept.lend();
        } finally {
            lock.unlock();
        }
    }

    private boolean areClean() {
        lock.lock();
        try {
            return kept.areClean();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the kernel has no page of what is asked that was filled before. */
    private void forget(long from, long to, boolean lapse) {
        lock.lock();
        try {
            long filledBefore = filled;
            long outdatedBefore = kept.outdated();
            forgetting.forget(from, to, lapse);
            if (from == 0 && to == END) {
                forgotten = Math.max(forgotten, filledBefore);
                kept.forgotten(outdatedBefore);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the mount has ended, and nobody reads any more
        } finally {
            lock.unlock();
        }
    }
}
