package sprite.client.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import sprite.client.cache.Block;
import sprite.client.cache.BlockStore;
import sprite.client.call.Call;
import sprite.client.call.Trail;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/** Writes: to the cache, or past it to the server. Thread-safe: state is in the files. */
final class Writer {
    private final BlockStore store;
    private final Opens opens;
    private final Reader reader;
    private final WriteBack writeBack;
    private final Counters counters;
    private final SpaceWatch space;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final int pieceMax;

    /** Looked at with a file's lock held. */
    private volatile boolean refusing;

    Writer(
            BlockStore store,
            Opens opens,
            Reader reader,
            WriteBack writeBack,
            Counters counters,
            SpaceWatch space,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.store = store;
        this.opens = opens;
        this.reader = reader;
        this.writeBack = writeBack;
        this.counters = counters;
        this.space = space;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.pieceMax = (int) Math.min(Protocol.TRANSFER_MAX, store.pinnedMax() / 4);
    }

    void write(OpenFile handle, long offset, MemorySegment data, boolean append) throws FsException {
        if (offset < 0) {
            throw new FsException("write", handle.file().toString(), FsError.INVALID);
        }
        writeBack.tellFailure("write", handle);
        Trail trail = Call.currentTrail();
        long done = trail.written();
        while (done < data.byteSize()) {
            int length = (int) Math.min(pieceMax, data.byteSize() - done);
            if (!append || !wasAppended(handle, trail)) {
                writePiece(handle, offset + done, data.asSlice(done, length), append);
            }
            done += length;
            trail.wrote(done);
        }
        counters.writtenByPrograms.add(done);
    }

    /** Whether the next piece was appended in this client's life before, which came no further. */
    private static boolean wasAppended(OpenFile handle, Trail trail) {
        long at = trail.appended();
        if (at < 0) {
            return false;
        }
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            return file.former != null && file.former.size > at;
        } finally {
            file.lock.unlock();
        }
    }

    /** Nothing is written to the cache any more: once a file's lock has been held after this, all is there. */
    void refuse() {
        refusing = true;
    }

    /** One piece, which others see wholly or not at all while the file is cached. */
    private void writePiece(OpenFile handle, long offset, MemorySegment data, boolean append) throws FsException {
        int room = ((int) data.byteSize() / Block.SIZE + 2) * Block.SIZE;
        CachedFile file = handle.cached;
        BooleanSupplier lost = Changes.locksLost(file);
        Trail trail = Call.currentTrail();
        int tries = 0;
        while (true) {
            if (!file.link.isLeaseValid()) {
                file.link.awaitLease();
            }
            while (!store.reservePinned(room)) {
                file.link.endure("write");
                store.awaitPinned(room, writeBack::kick);
            }
            Way way;
            long unmergeable = -1;
            int dirtyBlocks = 0;
            file.pages.giveWay();
            bar(file, offset, data.byteSize(), append);
            boolean staysBarred = false;
            file.lock.lock();
            try {
                way = file.enter(handle, true);
                if (lost.getAsBoolean()) { // perhaps by this program, through another descriptor
                    throw new FsException("write", file.id + " (a lock is lost)", FsError.IO);
                }
                // What the server was asked before it is asked again: only it knows whether it was done.
                if (trail.has(Trail.WRITE) && way != Way.DETACHED) {
                    way = Way.UNCACHED;
                }
                if (way == Way.CACHED) {
                    long at = append ? file.blocks.size : offset;
                    unmergeable = writeCached(file, at, data, append);
                    handle.flushed(handle.isFlushed() && unmergeable >= 0);
                    dirtyBlocks = file.blocks.dirtyBlocks();
                } else if (way == Way.UNCACHED) {
                    trail.appends(Trail.NOWHERE);
                    file.uncachedWrites++;
                    staysBarred = true; // until it is answered, even if nobody waits for that
                }
            } finally {
                if (!staysBarred) {
                    file.pages.unbar();
                }
                file.lock.unlock();
                store.releasePinned(room);
            }
            switch (way) {
                case DETACHED -> opens.attach(handle);
                case DOUBTFUL -> opens.resolveDoubt(file);
                case BARRED -> throw new IllegalStateException("only reads for pages are barred");
                case UNCACHED -> {
                    if (writeUncached(handle, offset, data, append, lost, ++tries == FileCache.STALE_TRIES_MAX)) {
                        return;
                    }
                }
                case CACHED -> {
                    if (unmergeable < 0) {
                        writeBack.dirtied(dirtyBlocks);
                        return;
                    }
                    reader.fetchForWrite(file, unmergeable);
                }
            }
        }
    }

    /** Pages of what is written are forgotten: others must not see it before, nor a reader here the old after it. */
    private static void bar(CachedFile file, long offset, long length, boolean append) {
        long from = offset;
        file.lock.lock();
        try {
            if (append) {
                from = file.right.cacheable() ? file.blocks.size : 0;
            }
        } finally {
            file.lock.unlock();
        }
        file.pages.bar(from, append ? Pages.END : offset + length);
    }

    /** Writes to the cache, with the file's lock held, or tells which block has to be fetched first. */
    long writeCached(CachedFile file, long at, MemorySegment data, boolean append) throws FsException {
        long length = data.byteSize();
        file.lock.lock();
        try {
            if (refusing) {
                throw new FsException("write", file.id + ", the mount ends", FsError.IO);
            }
            if (at > Attributes.SIZE_MAX - length) {
                throw new FsException("write", file.id.toString(), FsError.FILE_TOO_BIG);
            }
            long unmergeable = file.blocks.firstUnmergeable(at, at + length);
            if (unmergeable >= 0) {
                return unmergeable;
            }
            if (!file.fetches.isEmpty()) {
                for (long index = BlockMap.indexOf(at); index * Block.SIZE < at + length; index++) {
                    Fetch fetch = file.fetches.get(index);
                    if (fetch != null) {
                        fetch.voidBlock(index);
                    }
                }
            }
            if (!file.blocks.hasUnsent()) {
                file.dirtySince = nanoTime.getAsLong();
            }
            if (append) {
                Call.currentTrail().appends(at); // in one hold of the lock with the write: nobody else appends there
            }
            counters.saved.add(file.blocks.write(at, data, 0, (int) length));
            file.modified = FileTime.of(clock.instant());
            file.ownModified = true;
            file.reports.readTime.written();
            file.reports.become();
            return -1;
        } finally {
            file.lock.unlock();
        }
    }

    /** Writes at the server; false if it refused because the session was lost, so that nothing was written. */
    private boolean writeUncached(
            OpenFile handle, long offset, MemorySegment data, boolean append, BooleanSupplier lost, boolean lastTry)
            throws FsException {
        CachedFile file = handle.cached;
        byte[] copy = new byte[(int) data.byteSize()];
        MemorySegment.copy(data, 0, MemorySegment.ofArray(copy), 0, copy.length);
        ByteString bytes = UnsafeByteOperations.unsafeWrap(copy);
        CompletableFuture<WriteReply> answer;
        try {
            answer = file.link.write(
                    WriteRequest.newBuilder()
                            .setFile(Wire.toWire(file.id))
                            .setOffset(offset)
                            .setData(bytes)
                            .setAppend(append),
                    lost);
        } catch (RuntimeException e) { // the line is closed
            answer = CompletableFuture.failedFuture(e);
        }
        try {
            // The caller may give up sooner than the server answers: the cache is not used before that.
            WriteReply reply = file.link.await("write", answer.whenComplete((_, _) -> uncachedWritten(handle)));
            space.note(file, reply.getSpaceLow(), reply.getSpaceFree());
            counters.writtenToServers.add(copy.length);
            return true;
        } catch (FsException e) {
            if (e.error() != FsError.STALE || lastTry) {
                throw e;
            }
            file.link.awaitLease();
            return false;
        }
    }

    private static void uncachedWritten(OpenFile handle) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            handle.flushed(false);
            file.uncachedWritten();
            file.pages.unbar();
        } finally {
            file.lock.unlock();
        }
    }
}
