package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.client.cache.Block;
import sprite.client.cache.BlockStore;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * Brings what programs stored into pages to the cache, or past it to the server, in the order in which it came: one
 * thread for each file that has any. What nobody takes is kept in local files. Thread-safe: state is in the files, and
 * a counter.
 */
// See "Stored Pages" in the design notes.
final class Landing {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** While so many bytes have not landed, of all files together, the kernel waits; they lie in the heap. */
    private static final long BACKLOG_MAX = 64 << 20;

    /** Where the kernel cannot wait, what is more than this is kept in local files. */
    private static final long BACKLOG_LIMIT = 128 << 20;

    /** So many bytes that nobody takes are kept in one local file. */
    private static final long REFUSED_MAX = 16 << 20;

    private final BlockStore store;
    private final Opens opens;
    private final Reader reader;
    private final Writer writer;
    private final WriteBack writeBack;
    private final LostAndFound lostAndFound;
    private final Counters counters;

    /** Most bytes that land together. */
    private final int runMax;

    /** Bytes that have not landed. */
    private final AtomicLong backlog = new AtomicLong();

    /** The mount ends. */
    private volatile boolean over;

    Landing(
            BlockStore store,
            Opens opens,
            Reader reader,
            Writer writer,
            WriteBack writeBack,
            LostAndFound lostAndFound,
            Counters counters) {
        this.store = store;
        this.opens = opens;
        this.reader = reader;
        this.writer = writer;
        this.writeBack = writeBack;
        this.lostAndFound = lostAndFound;
        this.counters = counters;
        this.runMax = (int) Math.min(Protocol.TRANSFER_MAX, store.pinnedMax() / 4);
    }

    /** So many more bytes are to land. */
    @GuardedBy("file.lock")
    void began(CachedFile file, int bytes) {
        long _ = backlog.addAndGet(bytes);
        if (!file.stored.landing && !over) {
            file.stored.landing = true;
            Thread.ofVirtual().name("stored pages of " + file.id).start(() -> landAll(file));
        }
    }

    /** Whether no more should come now. */
    @GuardedBy("file.lock")
    boolean isFull(CachedFile file) {
        return backlog.get() > (mayWait(file) ? BACKLOG_MAX : BACKLOG_LIMIT) && !over && !file.link.isEnded();
    }

    /**
     * Whether the kernel may wait until something has landed. While a session recovers nothing does, and first the
     * kernel is told to forget: then that would wait for itself.
     */
    @GuardedBy("file.lock")
    private static boolean mayWait(CachedFile file) {
        return !file.recovering || !file.pages.forgetting.isUnderWay();
    }

    /** The mount ends: what has not landed stays where it is, to be kept with the rest. */
    void stop() {
        over = true;
    }

    private void landAll(CachedFile file) {
        while (true) {
            Stored.@Nullable Run run;
            @Nullable FsError why;
            file.lock.lock();
            try {
                run = over ? null : file.stored.next(runMax);
                why = file.stored.refusedWhy;
                if (run == null && (why == null || over)) {
                    file.stored.landing = false;
                    return;
                }
            } finally {
                file.lock.unlock();
            }
            if (why != null && (run == null || refusedBytes(file) >= REFUSED_MAX)) {
                keepRefused(file, why);
            } else if (run != null) {
                landOrRefuse(file, run);
            }
        }
    }

    private void landOrRefuse(CachedFile file, Stored.Run run) {
        @Nullable FsError refused = null;
        try {
            land(file, run);
        } catch (FsException e) {
            refused = e.error();
        }
        file.lock.lock();
        try {
            if (refused == null) {
                file.stored.landed(run);
                long _ = backlog.addAndGet(-run.length());
                file.changed.signalAll();
            } else if (!over) {
                file.stored.refused(run, refused);
            }
        } finally {
            file.lock.unlock();
        }
    }

    private static long refusedBytes(CachedFile file) {
        file.lock.lock();
        try {
            return Stored.bytes(file.stored.refused());
        } finally {
            file.lock.unlock();
        }
    }

    /** Puts all that was refused so far into one local file. */
    private void keepRefused(CachedFile file, FsError why) {
        List<Stored.Piece> refused;
        file.lock.lock();
        try {
            refused = file.stored.refused();
        } finally {
            file.lock.unlock();
        }
        lostAndFound.keepStored(file, why, refused);
        file.lock.lock();
        try {
            file.stored.kept();
            long _ = backlog.addAndGet(-Stored.bytes(refused));
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    private void land(CachedFile file, Stored.Run run) throws FsException {
        int tries = 0;
        while (true) {
            boolean doubtful = false;
            long unmergeable = -1;
            int session = 0;
            boolean cached;
            int dirtyBlocks = 0;
            reserveRoom(file, run);
            file.lock.lock();
            try {
                awaitTurn(file);
                cached = file.right.cacheable();
                doubtful = cached && file.doubtful;
                if (cached && !doubtful) {
                    long inside = Math.clamp(file.blocks.size - run.offset(), 0, run.length());
                    MemorySegment data = run.data(inside);
                    unmergeable = inside == 0 ? -1 : writer.writeCached(file, run.offset(), data, false);
                    dirtyBlocks = file.blocks.dirtyBlocks();
                } else if (!cached) {
                    file.uncachedWrites++;
                    session = file.sessionsLost.get();
                }
            } finally {
                file.lock.unlock();
                store.releasePinned(room(run));
            }
            if (doubtful || unmergeable >= 0) {
                ask(file, unmergeable);
            } else if (cached) {
                writeBack.dirtied(dirtyBlocks);
                return;
            } else if (writePastCache(file, run, session, ++tries == FileCache.STALE_TRIES_MAX)) {
                return;
            }
        }
    }

    /** Asks for the size that is in doubt, or for the block around what was stored. */
    private void ask(CachedFile file, long unmergeable) throws FsException {
        try {
            if (unmergeable < 0) {
                opens.resolveDoubt(file);
            } else {
                reader.fetchForWrite(file, unmergeable);
            }
        } catch (FsException e) {
            if (e.error() != FsError.STALE) {
                throw e;
            }
            file.link.awaitLease(); // the session was lost on the way; reopening mends it
        }
    }

    private static int room(Stored.Run run) {
        return (run.length() / Block.SIZE + 2) * Block.SIZE;
    }

    /** A recall does not wait for room that others' data has. */
    private void reserveRoom(CachedFile file, Stored.Run run) throws FsException {
        int room = room(run);
        while (!store.reservePinned(room)) {
            file.lock.lock();
            try {
                if (file.pages.forgetting.isUnderWay() || file.stored.forRecalls > 0 || !file.right.cacheable()) {
                    store.forcePinned(room);
                    return;
                }
            } finally {
                file.lock.unlock();
            }
            store.awaitPinned(room, writeBack::kick);
        }
    }

    /** Waits until it is decided where the file's data belongs, and what is decided before has been carried out. */
    @GuardedBy("file.lock")
    private void awaitTurn(CachedFile file) throws FsException {
        while (true) {
            if (over || file.link.isEnded()) {
                throw new FsException("write", file.id + ", the mount ends", FsError.IO);
            }
            if (backlog.get() > BACKLOG_LIMIT && !mayWait(file)) {
                throw new FsException("write", file.id + ", too much waits for the server", FsError.IO);
            }
            boolean cached = file.right.cacheable();
            // Blocks that are homeless go as a whole, with whatever lands among them.
            boolean obeying = file.homeless > 0 || (file.recalls > 0 && !(cached && file.stored.forRecalls > 0));
            boolean changing = file.changes > 0 && file.stored.forChanges == 0 && file.stored.forRecalls == 0;
            boolean crossing = cached && file.uncachedWrites > 0;
            if (!file.recovering && !obeying && !changing && !crossing) {
                return;
            }
            try {
                long _ = file.changed.awaitNanos(LOOK_NANOS);
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a thread that brings pages home", e);
            }
        }
    }

    /**
     * False if it was refused because the session was lost: what becomes of it is decided when the file is open again.
     */
    private boolean writePastCache(CachedFile file, Stored.Run run, int session, boolean lastTry) throws FsException {
        CompletableFuture<WriteReply> answer;
        try {
            answer = file.link.write(
                    WriteRequest.newBuilder()
                            .setFile(Wire.toWire(file.id))
                            .setOffset(run.offset())
                            .setData(run.bytes())
                            .setStored(true),
                    () -> file.sessionsLost.get() != session);
        } catch (RuntimeException e) { // the line is closed
            answer = CompletableFuture.failedFuture(e);
        }
        try {
            WriteReply _ = file.link.await("write", answer.whenComplete((_, _) -> written(file)));
            counters.writtenToServers.add(run.length());
            return true;
        } catch (FsException e) {
            if (e.error() != FsError.STALE || lastTry) {
                throw e;
            }
            return false;
        }
    }

    private static void written(CachedFile file) {
        file.lock.lock();
        try {
            file.uncachedWritten();
        } finally {
            file.lock.unlock();
        }
    }
}
