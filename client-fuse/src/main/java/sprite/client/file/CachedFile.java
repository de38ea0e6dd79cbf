package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.cache.Block;
import sprite.client.cache.BlockOwner;
import sprite.client.cache.BlockStore;
import sprite.client.call.Call;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.consistency.ClientFile;
import sprite.consistency.Version;

/**
 * One file as this client has it: its right to cache, its blocks, its handles, and what happens to it at the moment.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class CachedFile implements BlockOwner {
    /** How often a program's call that waits looks whether it may wait on. */
    private static final long CALL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    final FileId id;
    final ServerLink link;
    private final AttributeSink sink;
    private final AtomicLong marks;

    /**
     * Guards all that is known of the file. The stream's thread takes it too, so it is held for copying and deciding
     * only, never across a request or {@link ServerLink#send}. Rank: see the package.
     */
    final ReentrantLock lock;

    /** Something that others may wait for has changed. */
    final Condition changed;

    @GuardedBy("lock")
    final BlockMap blocks;

    @GuardedBy("lock")
    final List<OpenFile> handles = new ArrayList<>();

    /** Handles released after a Reopen had counted them; closed when it is answered. */
    @GuardedBy("lock")
    final List<OpenFile> lateCloses = new ArrayList<>();

    /** Fetches under way, by each block they bring. */
    @GuardedBy("lock")
    final Map<Long, Fetch> fetches = new HashMap<>();

    /** Numbers of the writes that have not been answered. */
    @GuardedBy("lock")
    final TreeSet<Long> flights = new TreeSet<>();

    @GuardedBy("lock")
    long flightsStarted;

    @GuardedBy("lock")
    ClientFile right = ClientFile.UNKNOWN;

    @GuardedBy("lock")
    FileTime modified = FileTime.EPOCH;

    /** Whether the server knows of size and times; used with the lock held. */
    final Reports reports;

    /** {@link #modified} is this client's own; else it is the server's. */
    @GuardedBy("lock")
    boolean ownModified;

    /** The server thinks that this client has dirty blocks and waits to hear otherwise. */
    @GuardedBy("lock")
    boolean owesWrittenBack;

    /** When the oldest dirty byte was written, on the monotonic clock; meaningless unless something is dirty. */
    @GuardedBy("lock")
    long dirtySince;

    /** Recalls being obeyed; writes wait. */
    @GuardedBy("lock")
    int recalls;

    /** Those among them of blocks whose right is lost, so that not even reads may use them any more. */
    @GuardedBy("lock")
    int homeless;

    /** Truncations and allocations under way; reads and writes wait, nothing is written back but for recalls. */
    @GuardedBy("lock")
    int changes;

    /** Uncached writes on their way; the cache is not used before they are answered. */
    @GuardedBy("lock")
    int uncachedWrites;

    /** The {@link FileCache#mark} when an uncached write was last answered. */
    @GuardedBy("lock")
    long uncachedUntil;

    /** An uncached write was on its way when the server decided that this client may cache: the size may be older. */
    @GuardedBy("lock")
    boolean doubtful;

    /** The session is lost, and the file is not open again yet. */
    @GuardedBy("lock")
    boolean recovering;

    /** The last name is gone. */
    @GuardedBy("lock")
    boolean removed;

    /** This object is no longer the one that stands for the file. Changed with the lock held. */
    volatile boolean forgotten;

    /** Scans since something was last known that is worth keeping. */
    @GuardedBy("lock")
    int idleScans;

    /** Counts failed write-backs. */
    @GuardedBy("lock")
    long failures;

    /** Why the last write-back failed; null once one succeeded. */
    @GuardedBy("lock")
    @Nullable
    FsError failure;

    /** Write-backs in a row that the server refused because this client is not the last writer. */
    @GuardedBy("lock")
    int staleTries;

    /** How often locks on the file were lost. Read by anybody. */
    final AtomicInteger locksLost = new AtomicInteger();

    /** How often the session was lost. Changed with the lock held, read by anybody. */
    final AtomicInteger sessionsLost = new AtomicInteger();

    /** What is to be said about the file. */
    final Outgoing outgoing;

    final Pages pages;

    /** What was left by this client's life before, if that was killed and not all is settled. With the lock held. */
    @Nullable
    Former former;

    @GuardedBy("lock")
    final Stored stored = new Stored();

    CachedFile(FileId id, ServerLink link, BlockStore store, AttributeSink sink, AtomicLong marks, Lending lending) {
        this.marks = marks;
        this.reports = new Reports(marks);
        this.id = id;
        this.link = link;
        this.lock = store.box().isKept() ? new KeptLock(this, store.box()) : new ReentrantLock();
        this.changed = lock.newCondition();
        this.sink = sink;
        this.blocks = new BlockMap(store, this);
        this.outgoing = new Outgoing(lock, changed, link);
        this.pages = new Pages(lock, changed, id, link, lending);
    }

    @Override
    public long number() {
        return id.statInode();
    }

    @Override
    @SuppressWarnings("GuardedBy") // the store is called with the lock held
    public void unkept() {
        blocks.unkept = true;
    }

    @Override
    public void evict(Block block) {
        lock.lock();
        try {
            blocks.evict(block);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a read or write may be decided, and decides it. IO if the handle is beyond repair. */
    @GuardedBy("lock")
    Way enter(OpenFile handle, boolean write) throws FsException {
        long seen = stored.taken();
        while (true) {
            if (handle.isBroken()) {
                throw new FsException(write ? "write" : "read", id.toString(), FsError.IO);
            }
            boolean obeying = homeless > 0 || (recalls > 0 && (write || !right.cacheable()));
            boolean wait = recovering || changes > 0 || obeying || !stored.haveLanded(seen);
            if (!wait && !handle.isAttached()) {
                return Way.DETACHED;
            }
            if (!wait && !right.cacheable()) {
                return Way.UNCACHED;
            }
            if (!wait && uncachedWrites == 0) {
                return doubtful ? Way.DOUBTFUL : Way.CACHED;
            }
            awaitChange(write ? "write" : "read");
        }
    }

    /**
     * Waits until something may have changed, not for long on behalf of a program's call.
     *
     * @throws FsException as {@link ServerLink#endure}
     */
    @GuardedBy("lock")
    @SuppressWarnings("WaitNotInLoop") // the loops, and what they wait for, are the callers'
    void awaitChange(String operation) throws FsException {
        link.endure(operation);
        Call call = Call.current();
        if (call == null) {
            changed.awaitUninterruptibly();
            return;
        }
        call.waitsFor((recalls > 0 ? "a recall of file " : recovering ? "the reopening of file " : "a change of file ")
                + id + " at server " + link.address());
        try {
            long _ = changed.awaitNanos(CALL_WAIT_NANOS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(operation, id.toString(), FsError.INTERRUPTED);
        }
    }

    /** Whether the server counts an open for writing of this client. */
    @GuardedBy("lock")
    boolean isOpenForWriting() {
        return handles.stream()
                .anyMatch(handle -> handle.isAttached() && handle.flags().write());
    }

    /** Takes in what a server decided about an open; returns whether blocks must go: {@link Recalls#barOwn}. */
    @GuardedBy("lock")
    boolean takeIn(OpenReply reply, boolean write, boolean truncate, long asked) {
        var attributes = reply.getAttributes();
        ClientFile before = right;
        var opened =
                before.opened(write, new Version(attributes.getVersion()), reply.getCacheable(), Frames.seq(reply));
        right = opened.next();
        reports.readTime.opened(attributes, asked);
        if (truncate) {
            truncated(0);
        }
        if (before.cacheable() && !right.cacheable()) {
            reports.lost(blocks.isDirty());
        }
        boolean own = blocks.isDirty() || reports.isDue();
        boolean drop = opened.blocks() == ClientFile.Blocks.WRITE_BACK_AND_DROP;
        if (drop) {
            voidFetches();
            blocks.dropClean(right.cacheable() || opened.outOfDate()); // else obeyOwn has them committed first
            pages.areOutOfDate();
        }
        if (!own) {
            // What is said of a file that nobody else has changed since may have crossed what went out from here.
            adopt(attributes, before.cacheable() && !doubtful && !drop && !truncate);
            doubtful = right.cacheable() && isOvertaken(asked);
            if (doubtful) {
                sink.changed(id);
            } else if (reply.getHasData()
                    && right.cacheable()
                    && reply.getData().size() == blocks.size) {
                blocks.installWhole(reply.getData());
            }
        }
        changed.signalAll();
        return drop;
    }

    /** Whether an uncached write may have changed what the server said of the file after it said it. */
    @GuardedBy("lock")
    boolean isOvertaken(long asked) {
        return uncachedWrites > 0 || uncachedUntil > asked;
    }

    /** An uncached write has been answered. */
    @GuardedBy("lock")
    void uncachedWritten() {
        uncachedWrites--;
        uncachedUntil = marks.incrementAndGet();
        doubtful = doubtful || right.cacheable();
        if (former != null && right.cacheable()) {
            voidFetches(); // it was done once more, perhaps, beside a cache that has been filled since
            blocks.dropClean(false);
        }
        sink.changed(id);
        changed.signalAll();
    }

    /** Size, unless it is known better, and time are as the server says. */
    @GuardedBy("lock")
    void adopt(Attributes attributes, boolean sizeIsKnown) {
        blocks.size = sizeIsKnown ? blocks.size : attributes.getSize();
        blocks.serverSize = sizeIsKnown ? blocks.serverSize : attributes.getSize();
        modified = Frames.modified(attributes);
        ownModified = false;
    }

    /** The server has truncated the file for this client; returns the dirty bytes that never had to leave. */
    @GuardedBy("lock")
    long truncated(long length) {
        voidFetches();
        reports.forget();
        ownModified = false;
        return blocks.truncate(length);
    }

    /** Fetches under way bring nothing that may still be used. */
    @GuardedBy("lock")
    void voidFetches() {
        fetches.values().forEach(Fetch::cancel);
        fetches.clear();
    }

    /** What the server has to hear of size and time, for the next frame that is posted. */
    @GuardedBy("lock")
    AttributeReport takeReport() {
        AttributeReport report = report();
        if (reports.isDue()) {
            reports.take();
            sink.reported(id, blocks.size, modified);
        }
        return report;
    }

    /** What was written here and not reported is given up. */
    @GuardedBy("lock")
    void forgetReports() {
        reports.forget();
        sink.changed(id);
    }

    /** The server knows size and time. */
    @GuardedBy("lock")
    void reportArrived() {
        if (reports.isDue()) {
            reports.arrived();
            sink.reported(id, blocks.size, modified);
        }
    }

    /** What the server does not know of size and time; it will not keep what it hears now. */
    @GuardedBy("lock")
    AttributeReport report() {
        return reports.isDue() ? Frames.report(blocks.size, modified) : AttributeReport.getDefaultInstance();
    }

    /** Puts a Close of the handle on the way; it is detached from now on. */
    @GuardedBy("lock")
    void detach(OpenFile handle, AttributeReport report) {
        handle.attached(false);
        boolean dirty = blocks.isDirty();
        owesWrittenBack = dirty;
        FileTime accessed = reports.readTime.take(id, sink);
        outgoing.post(Frames.close(id, handle.flags(), dirty, report, accessed), reports.post(accessed));
    }

    /** Tells the server that nothing dirty is left, if it wants to know and it is so. */
    @GuardedBy("lock")
    void tellIfClean() {
        if (owesWrittenBack && recalls == 0 && !recovering && !blocks.isDirty() && !isOpenForWriting()) {
            owesWrittenBack = false;
            postWrittenBack();
        }
    }

    /** WrittenBack, with what is unreported. */
    @GuardedBy("lock")
    void postWrittenBack() {
        post(Frames.writtenBack(id, takeReport(), right.seq()));
    }

    /** Puts a frame in the queue; whoever calls {@link Outgoing#send} without the lock sends it. */
    @GuardedBy("lock")
    void post(ClientFrame.Builder frame) {
        outgoing.post(frame, reports.post(null));
    }
}
