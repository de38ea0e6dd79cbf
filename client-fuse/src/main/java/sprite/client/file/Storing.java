package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import sprite.client.cache.Block;
import sprite.client.cache.BlockStore;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * Takes what programs stored into pages, as the kernel brings it back, and brings it to the cache or past it to the
 * server. The kernel is answered before that: it may be in the middle of being told to forget, or at the end of a
 * program, which nothing ends once it waits. Whoever relies on the rest waits for it, and so does the kernel when there
 * is much. Thread-safe: state is in the files, and a counter.
 */
// See "Stored Pages" in the design notes.
final class Storing {
    /** When the mount ends, what has not landed is waited for so long. */
    private static final long END_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** While so many bytes have not landed, of all files together, the kernel waits; they lie in the heap. */
    private static final long BACKLOG_MAX = 64 << 20;

    private final BlockStore store;
    private final Opens opens;
    private final Reader reader;
    private final Writer writer;
    private final WriteBack writeBack;
    private final LostAndFound lostAndFound;
    private final Counters counters;

    /** Bytes that have not landed. */
    private final AtomicLong backlog = new AtomicLong();

    Storing(
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
    }

    /** Whether programs may store into pages of the file: one that has it open for writing may have mapped it. */
    static boolean mayBeStoredTo(CachedFile file) {
        file.lock.lock();
        try {
            return file.pages.mayBeStoredTo()
                    && file.handles.stream().anyMatch(handle -> handle.flags().write());
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Has the kernel bring back what programs stored into pages, for who looks at the file in a way for which it does
     * not do so by itself. Other operations of the file wait until it has landed.
     */
    static void bringBack(CachedFile file) {
        if (mayBeStoredTo(file)) {
            file.pages.bar(0, Pages.END);
            file.pages.unbar();
        }
    }

    /** A handle for writing that was closed early, which a program may still have mapped; {@code other} if none. */
    @GuardedBy("file.lock")
    static OpenFile detachedWriterOr(CachedFile file, OpenFile other) {
        return file.handles.stream()
                .filter(handle -> handle.flags().write() && !handle.attached && !handle.broken)
                .findFirst()
                .orElse(other);
    }

    /** The kernel brings pages back. Returns when it may bring back more. */
    void take(OpenFile handle, long offset, MemorySegment data) {
        CachedFile file = handle.cached;
        var piece = new Stored.Piece(offset, data);
        counters.writtenByPrograms.add(piece.length());
        file.lock.lock();
        try {
            handle.flushed = false;
            file.stored.add(piece);
            long _ = backlog.addAndGet(piece.length());
            if (!file.stored.landing) {
                file.stored.landing = true;
                Thread.ofVirtual().name("stored pages of " + file.id).start(() -> landAll(file));
            }
            while (backlog.get() > BACKLOG_MAX
                    && file.stored.has(piece)
                    && !file.pages.forgetting.isUnderWay()
                    && !file.link.isEnded()) {
                long _ = file.changed.awaitNanos(LOOK_NANOS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that takes pages", e);
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether all that the kernel has brought back is in the cache or at the server, or has been given up. */
    static boolean hasLanded(CachedFile file) {
        file.lock.lock();
        try {
            return file.stored.isEmpty();
        } finally {
            file.lock.unlock();
        }
    }

    /** Returns when all that the kernel has brought back is in the cache or at the server, or has been given up. */
    static void awaitLanded(CachedFile file) {
        file.lock.lock();
        try {
            while (!file.stored.isEmpty()) {
                file.changed.awaitUninterruptibly();
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** As {@link #awaitLanded}, for a recall that is being obeyed, while this client may still cache the file. */
    static void awaitLandedToObey(CachedFile file) {
        file.lock.lock();
        try {
            file.stored.forRecalls++;
            file.changed.signalAll();
            while (!file.stored.isEmpty() && file.right.cacheable() && !file.recovering) {
                file.changed.awaitUninterruptibly();
            }
            file.stored.forRecalls--;
        } finally {
            file.lock.unlock();
        }
    }

    /** As {@link #awaitLanded}, for a change that holds the file and has not been asked for. */
    static void awaitLandedToChange(CachedFile file) throws FsException {
        file.lock.lock();
        try {
            file.stored.forChanges++;
            file.changed.signalAll();
            while (!file.stored.isEmpty()) {
                file.awaitChange("change");
            }
        } finally {
            changeBegins(file);
            file.lock.unlock();
        }
    }

    private static void changeBegins(CachedFile file) {
        file.lock.lock();
        try {
            file.stored.forChanges--;
        } finally {
            file.lock.unlock();
        }
    }

    /** As {@link #awaitLanded}, of all files at the end of a mount, not for long. */
    static void awaitLandedAtEnd(Collection<CachedFile> files) {
        long until = System.nanoTime() + END_NANOS_MAX;
        for (CachedFile file : files) {
            file.lock.lock();
            try {
                long left = until - System.nanoTime();
                while (!file.stored.isEmpty() && left > 0) {
                    left = file.changed.awaitNanos(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } finally {
                file.lock.unlock();
            }
        }
    }

    private void landAll(CachedFile file) {
        while (true) {
            Stored.Piece piece;
            file.lock.lock();
            try {
                piece = file.stored.first();
                if (piece == null) {
                    file.stored.landing = false;
                    return;
                }
            } finally {
                file.lock.unlock();
            }
            try {
                land(file, piece);
            } catch (FsException e) {
                lostAndFound.keepStored(file, e.error(), piece);
            } finally {
                file.lock.lock();
                try {
                    file.stored.remove(piece);
                    long _ = backlog.addAndGet(-piece.length());
                    file.changed.signalAll();
                } finally {
                    file.lock.unlock();
                }
            }
        }
    }

    private void land(CachedFile file, Stored.Piece piece) throws FsException {
        int tries = 0;
        while (true) {
            boolean doubtful = false;
            long unmergeable = -1;
            int session = 0;
            boolean cached;
            int dirtyBlocks = 0;
            reserveRoom(file, piece);
            file.lock.lock();
            try {
                awaitTurn(file);
                cached = file.right.cacheable();
                doubtful = cached && file.doubtful;
                if (cached && !doubtful) {
                    long inside = Math.clamp(file.blocks.size - piece.offset, 0, piece.length());
                    MemorySegment data = piece.data(inside);
                    unmergeable = inside == 0 ? -1 : writer.writeCached(file, piece.offset, data);
                    dirtyBlocks = file.blocks.dirtyBlocks();
                } else if (!cached) {
                    file.uncachedWrites++;
                    session = file.sessionsLost.get();
                }
            } finally {
                file.lock.unlock();
                store.releasePinned(room(piece));
            }
            if (doubtful || unmergeable >= 0) {
                ask(file, unmergeable);
            } else if (cached) {
                writeBack.dirtied(dirtyBlocks);
                return;
            } else if (writePastCache(file, piece, session, ++tries == FileCache.STALE_TRIES_MAX)) {
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

    private static int room(Stored.Piece piece) {
        return (piece.length() / Block.SIZE + 2) * Block.SIZE;
    }

    /** A recall does not wait for room that others' data has. */
    private void reserveRoom(CachedFile file, Stored.Piece piece) throws FsException {
        int room = room(piece);
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
    private static void awaitTurn(CachedFile file) throws FsException {
        while (true) {
            if (file.link.isEnded()) {
                throw new FsException("write", file.id + ", the mount ends", FsError.IO);
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
    private boolean writePastCache(CachedFile file, Stored.Piece piece, int session, boolean lastTry)
            throws FsException {
        CompletableFuture<WriteReply> answer;
        try {
            answer = file.link.write(
                    WriteRequest.newBuilder()
                            .setFile(Wire.toWire(file.id))
                            .setOffset(piece.offset)
                            .setData(piece.bytes)
                            .setStored(true),
                    () -> file.sessionsLost.get() != session);
        } catch (RuntimeException e) { // the line is closed
            answer = CompletableFuture.failedFuture(e);
        }
        try {
            WriteReply _ = file.link.await("write", answer.whenComplete((_, _) -> written(file)));
            counters.writtenToServers.add(piece.length());
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
