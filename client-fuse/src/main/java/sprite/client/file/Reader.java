package sprite.client.file;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import sprite.client.cache.Block;
import sprite.client.cache.BlockStore;
import sprite.client.call.Call;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;

/**
 * Reads: from the cache, from the server through the cache with read-ahead, or past the cache. Thread-safe: state is in
 * the files.
 */
final class Reader {
    private static final int WINDOW_FIRST = 256 * 1024;
    private static final int FETCH_MAX = Protocol.TRANSFER_MAX;

    private final BlockStore store;
    private final Opens opens;
    private final Counters counters;
    private final int readAheadMax;
    private final InstantSource clock;

    Reader(BlockStore store, Opens opens, Counters counters, int readAheadMax, InstantSource clock) {
        this.store = store;
        this.opens = opens;
        this.counters = counters;
        this.readAheadMax = readAheadMax;
        this.clock = clock;
    }

    /** As {@link FileCache#read}, or for pages that the kernel keeps. */
    int read(OpenFile handle, long offset, MemorySegment into, boolean forPages) throws FsException {
        Pages pages = handle.cached.pages;
        Fills.@Nullable Fill fill = forPages ? pages.begin(offset, into.byteSize()) : null;
        try {
            for (int tries = 1; ; tries++) {
                try {
                    return read(handle, offset, into, fill);
                } catch (FsException e) {
                    if (e.error() != FsError.STALE || tries == FileCache.STALE_TRIES_MAX) {
                        throw e;
                    }
                    if (fill != null) {
                        pages.refused(fill);
                    }
                    handle.link().awaitLease(); // the session was lost on the way; reopening mends it
                }
            }
        } finally {
            if (fill != null) {
                pages.end(fill);
            }
        }
    }

    private int read(OpenFile handle, long offset, MemorySegment into, Fills.@Nullable Fill fill) throws FsException {
        int room = (int) Math.min(into.byteSize(), Integer.MAX_VALUE);
        if (offset < 0) {
            throw new FsException("read", handle.file().toString(), FsError.INVALID);
        }
        boolean missed = false;
        while (room > 0) {
            if (!handle.link().isLeaseValid()) {
                handle.link().awaitLease();
            }
            CachedFile file = handle.cached;
            OpenFile entering = handle;
            Way way;
            long missing = -1;
            long size = 0;
            int length = 0;
            long aheadFrom = 0;
            long aheadTo = 0;
            boolean sequential = false;
            file.lock.lock();
            try {
                way = file.enter(handle, false);
                if (fill != null && (way == Way.CACHED || way == Way.UNCACHED || way == Way.DOUBTFUL)) {
                    entering = Storing.detachedWriterOr(file, handle);
                    way = entering.equals(handle) ? way : Way.DETACHED; // a program may store through it
                }
                if (fill != null && (way == Way.CACHED || way == Way.UNCACHED) && !file.pages.mayFill()) {
                    way = Way.BARRED;
                } else if (way == Way.UNCACHED) {
                    file.reports.readTime.read(clock, file.modified);
                    if (fill != null) {
                        file.pages.asks(fill, Storing.mayBeStoredTo(file));
                    }
                }
                if (fill != null && handle.flags().write() && way != Way.DETACHED) {
                    handle.flushed(false); // it is mapped, though its descriptors may be closed: others share the file
                }
                if (way == Way.CACHED) {
                    size = file.blocks.size;
                    length = Math.clamp(size - offset, 0, room);
                    missing = file.blocks.firstUnknown(offset, offset + length);
                    if (fill != null && missing < 0) {
                        file.pages.filled(fill);
                    }
                    if (length == 0) {
                        return 0;
                    }
                    file.reports.readTime.read(clock, file.modified);
                    sequential = offset == handle.nextOffset;
                    if (missing < 0) {
                        file.blocks.copyOut(offset, into, length, sequential);
                        handle.nextOffset = offset + length;
                        if (!sequential) {
                            handle.window = 0;
                            handle.aheadTo = 0;
                        } else if (handle.window > 0 || handle.aheadTo > 0) {
                            aheadFrom = Math.max(handle.aheadTo, offset + length);
                            aheadTo = planAhead(handle, offset + length, Math.min(size, file.blocks.serverSize));
                        }
                    }
                }
            } finally {
                file.lock.unlock();
            }
            switch (way) {
                case DETACHED -> opens.attach(entering);
                case DOUBTFUL -> opens.resolveDoubt(file);
                case BARRED -> file.pages.awaitFill(Objects.requireNonNull(fill, "other reads are not barred"));
                case UNCACHED -> {
                    int read = readUncached(handle, offset, into, room, fill);
                    if (fill == null || file.pages.isGood(fill)) {
                        return read;
                    }
                }
                case CACHED -> {
                    if (missing < 0) {
                        (missed ? counters.misses : counters.hits).increment();
                        counters.readByPrograms.add(length);
                        fetchAhead(file, aheadFrom, aheadTo);
                        store.drain();
                        return length;
                    }
                    missed = true;
                    fetchMissing(handle, missing, offset + length, sequential);
                }
            }
        }
        return 0;
    }

    /** How far to have read ahead after a sequential read up to {@code end}; {@code end} or less: no need now. */
    private long planAhead(OpenFile handle, long end, long size) {
        long have = Math.max(handle.aheadTo, end);
        if (readAheadMax == 0 || have >= size || have - end > handle.window / 2) {
            return 0;
        }
        handle.window = Math.min(readAheadMax, Math.max(WINDOW_FIRST, handle.window * 2));
        handle.aheadTo = Math.min(size, roundUp(end + handle.window));
        return handle.aheadTo;
    }

    private static long roundUp(long offset) {
        return (offset + Block.SIZE - 1) / Block.SIZE * Block.SIZE;
    }

    private void fetchAhead(CachedFile file, long from, long to) {
        long index = from / Block.SIZE;
        while (index * Block.SIZE < to) {
            int count = blocks(index, to);
            if (!store.reserveFresh(count * Block.SIZE, false)) {
                return;
            }
            Fetch fetch = start(file, index, count);
            index = fetch == null ? index + 1 : Math.max(index + 1, fetch.firstBlock + fetch.count);
        }
    }

    /** Fetches what a read up to {@code end} misses, and a little more for a sequential reader. */
    private void fetchMissing(OpenFile handle, long missing, long end, boolean sequential) throws FsException {
        CachedFile file = handle.cached;
        int needed = blocks(missing, end);
        int count = needed;
        file.lock.lock();
        try {
            if (sequential && readAheadMax > 0) {
                handle.window = Math.max(handle.window, WINDOW_FIRST);
                count = blocks(missing, Math.max(end, Math.min(end + WINDOW_FIRST / 2, file.blocks.serverSize)));
                handle.aheadTo = Math.max(handle.aheadTo, (missing + count) * Block.SIZE);
            }
        } finally {
            file.lock.unlock();
        }
        if (count == needed || !store.reserveFresh(count * Block.SIZE, false)) {
            count = needed;
            var _ = store.reserveFresh(count * Block.SIZE, true);
        }
        awaitFetch("read", file, start(file, missing, count));
    }

    private static int blocks(long first, long end) {
        return Math.clamp((end - first * Block.SIZE + Block.SIZE - 1) / Block.SIZE, 1, FETCH_MAX / Block.SIZE);
    }

    /** Fetches one block for a write into its middle. */
    void fetchForWrite(CachedFile file, long index) throws FsException {
        var _ = store.reserveFresh(Block.SIZE, true);
        awaitFetch("write", file, start(file, index, 1));
    }

    /** Waits for a fetch. One that failed because the call that had begun it was aborted is begun anew by others. */
    private static void awaitFetch(String operation, CachedFile file, @Nullable Fetch fetch) throws FsException {
        if (fetch == null) {
            return;
        }
        try {
            file.link.await(operation, fetch.done);
        } catch (FsException e) {
            Call call = Call.current();
            if (e.error() != FsError.INTERRUPTED || call == null || call.isAborted()) {
                throw e;
            }
        }
    }

    /**
     * Starts to fetch those of the blocks, for which room is reserved, that are not here and not on their way. Returns
     * the fetch that brings the first of them, or null if it is here already.
     */
    private @Nullable Fetch start(CachedFile file, long first, int count) {
        Fetch fetch = null;
        Fetch before = null;
        int length = 0;
        file.lock.lock();
        try {
            before = file.fetches.get(first);
            int missing =
                    before != null || !file.right.cacheable() || file.recovering ? 0 : missingFrom(file, first, count);
            if (missing > 0) {
                fetch = new Fetch(first, missing);
                for (int i = 0; i < missing; i++) {
                    file.fetches.put(first + i, fetch);
                }
                length = missing * Block.SIZE;
            }
        } finally {
            file.lock.unlock();
        }
        if (fetch == null) {
            store.releaseFresh(count * Block.SIZE);
            return before;
        }
        Fetch started = fetch;
        int asked = length;
        var taken = file.link.read(file.id, first * Block.SIZE, length, data -> arrived(file, started, data, asked));
        var _ = taken.whenComplete((_, failure) -> {
            if (failure != null) {
                var _ = arrived(file, started, null, asked);
            }
            store.releaseFresh(count * Block.SIZE);
            if (failure == null) {
                started.done.complete(null);
            } else {
                started.done.completeExceptionally(failure);
            }
            store.drain();
        });
        return fetch;
    }

    /** How many blocks from {@code first} on have to be fetched in one piece. */
    private static int missingFrom(CachedFile file, long first, int count) {
        int missing = 0;
        file.lock.lock();
        try {
            while (missing < count) {
                Block block = file.blocks.get(first + missing);
                long start = (first + missing) * Block.SIZE;
                int end = Math.clamp(file.blocks.size - start, 0, Block.SIZE);
                boolean here = end == 0 || (block != null && block.covers(0, end));
                if (here || file.fetches.containsKey(first + missing)) {
                    break;
                }
                missing++;
            }
        } finally {
            file.lock.unlock();
        }
        return missing;
    }

    /** Installs the data, if any came, where it is still wanted. */
    private boolean arrived(CachedFile file, Fetch fetch, @Nullable ByteString data, int asked) {
        if (data != null) {
            counters.readFromServers.add(data.size());
        }
        file.lock.lock();
        try {
            for (int i = 0; i < fetch.count; i++) {
                long index = fetch.firstBlock + i;
                if (file.fetches.remove(index, fetch) && data != null && !fetch.isVoid(index)) {
                    file.blocks.install(index, data, Math.min(i * Block.SIZE, asked), true);
                }
            }
        } finally {
            file.lock.unlock();
        }
        return data != null;
    }

    private int readUncached(OpenFile handle, long offset, MemorySegment into, int room, Fills.@Nullable Fill fill)
            throws FsException {
        CachedFile file = handle.cached;
        int done = 0;
        while (done < room) {
            int wanted = Math.min(room - done, FETCH_MAX);
            // Not copied straight into the caller's memory: a caller that is interrupted does not wait for this.
            byte[] data = file.link.await(
                    "read",
                    fill != null
                            ? file.link.readForPages(
                                    file.id,
                                    offset + done,
                                    wanted,
                                    new ServerLink.Filling(file.pages.dropped(fill), fill.writable),
                                    ByteString::toByteArray)
                            : file.link.readPastCache(file.id, offset + done, wanted, ByteString::toByteArray));
            MemorySegment.copy(data, 0, into, ValueLayout.JAVA_BYTE, done, data.length);
            done += data.length;
            if (data.length < wanted) {
                break;
            }
        }
        counters.readByPrograms.add(done);
        counters.readFromServers.add(done);
        return done;
    }

    static FsException failure(String operation, CachedFile file, @Nullable Throwable cause) {
        Throwable inner = cause instanceof CompletionException ? cause.getCause() : cause;
        if (inner instanceof FsException refused) {
            return refused;
        }
        return new FsException(operation, file.id + " (" + inner + ")", FsError.IO);
    }
}
