package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.thread.Joining;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.NativeError;

/**
 * Settles files that were written: when one has been quiet for a while its data is made durable, checksums of the
 * blocks written are stored, and its mark goes. A file that is never quiet is not settled until the domain closes.
 *
 * <p>Thread-safe: fields guarded by their locks.
 */
final class Settler implements AutoCloseable {
    /** Blocks whose checksums are made and stored together, under one hold of the file's lock. */
    private static final int BLOCKS_TOGETHER = 64;

    private final Store store;
    private final long intervalSeconds;
    private final Thread thread;

    /** Held while files are settled. Ranks before the locks of data files. */
    private final ReentrantLock settling = new ReentrantLock();

    /** Changes of each unsettled file when it was last looked at. */
    @GuardedBy("settling")
    private final Map<Long, Long> seen = new HashMap<>();

    /** Guards the end. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition closing = lock.newCondition();

    @GuardedBy("lock")
    private boolean closed;

    Settler(Store store, long intervalSeconds) {
        this.store = store;
        this.intervalSeconds = intervalSeconds;
        this.thread = Thread.ofPlatform().name("spritefs-settler").daemon().start(this::run);
    }

    private void run() {
        while (!pause()) {
            try {
                settleQuiet();
            } catch (FsException e) {
                store.note("settling", e);
            }
        }
    }

    /** Waits for the interval or the end; returns whether this is the end. */
    private boolean pause() {
        lock.lock();
        try {
            long nanos = TimeUnit.SECONDS.toNanos(intervalSeconds);
            while (!closed && nanos > 0) {
                nanos = closing.awaitNanos(nanos);
            }
            return closed;
        } catch (InterruptedException e) {
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Settles the files that did not change since the last time, or all. */
    private void settle(boolean all) throws FsException {
        settling.lock();
        try {
            settleLocked(all);
        } finally {
            settling.unlock();
        }
    }

    @GuardedBy("settling")
    private void settleLocked(boolean all) throws FsException {
        List<DataFile> quiet = new ArrayList<>();
        List<Long> unsettled = store.dataFiles().unsettled();
        seen.keySet().retainAll(unsettled);
        for (long inode : unsettled) {
            if (store.metadata().find(inode) == null) {
                continue; // removed: nobody will read what a sync would write
            }
            DataFile data = store.dataFiles().acquire(inode);
            Long before = seen.put(inode, data.changes());
            if (all || (before != null && before == data.changes())) {
                quiet.add(data);
            } else {
                store.dataFiles().release(data);
            }
        }
        try {
            store.dataFiles().syncAll(quiet);
            for (DataFile data : quiet) {
                settle(data);
            }
        } finally {
            quiet.forEach(store.dataFiles()::release);
        }
    }

    private void settle(DataFile data) throws FsException {
        FileId file = store.metadata().fileId(data.inode());
        long changes = data.changes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slab = arena.allocate(FileData.BLOCK_SIZE);
            List<long[]> spans = spans(data);
            for (long[] span : spans) {
                if (!store(file, data, changes, span, slab)) {
                    return;
                }
            }
            finish(file, data, changes);
        } catch (NativeError e) {
            throw e.toFsException("settle", file);
        } catch (IOException e) {
            store.note("deleting the data of " + file, e);
        }
    }

    /** The blocks written, in spans of at most {@link #BLOCKS_TOGETHER}: first, last. */
    private static List<long[]> spans(DataFile data) {
        List<long[]> spans = new ArrayList<>();
        data.shared().lock();
        try {
            data.written().snapshot().forEach((first, last) -> {
                for (long at = first; at <= last; at += BLOCKS_TOGETHER) {
                    spans.add(new long[] {at, Math.min(last, at + BLOCKS_TOGETHER - 1)});
                }
            });
            return spans;
        } finally {
            data.shared().unlock();
        }
    }

    /** Stores the checksums of a span; false if the file is changing again. */
    private boolean store(FileId file, DataFile data, long changes, long[] span, MemorySegment slab)
            throws FsException, NativeError {
        data.shared().lock();
        try {
            Inode inode = store.metadata().find(file.inode());
            if (data.isDirty() || data.changes() != changes || inode == null || inode.storage() != Storage.FILE) {
                return inode == null || inode.storage() != Storage.FILE;
            }
            int[] sums = new int[(int) (span[1] - span[0] + 1)];
            for (int i = 0; i < sums.length; i++) {
                int bytes = (int) data.read((span[0] + i) * FileData.BLOCK_SIZE, slab);
                sums[i] = FileData.checksum(slab, bytes);
            }
            store.metadata().change(change -> {
                Inode now = change.inode(file);
                if (!now.checksummed()) {
                    change.put(now.withChecksums());
                }
                for (int i = 0; i < sums.length; i++) {
                    change.put(Table.CHECKSUMS, Keys.block(file.inode(), span[0] + i), Keys.checksum(sums[i]));
                }
                return true;
            });
            return true;
        } finally {
            data.shared().unlock();
        }
    }

    private void finish(FileId file, DataFile data, long changes) throws FsException, IOException {
        data.exclusive().lock();
        try {
            if (data.changes() != changes || data.isDirty() || !data.isMarked()) {
                return;
            }
            Inode inode = store.metadata().find(file.inode());
            if (inode == null) {
                return; // removed: its data goes when that is on disk, and the mark with it
            }
            if (inode.storage() != Storage.FILE) {
                data.delete();
            }
            @Nullable Long allocated = inode.storage() == Storage.FILE ? (Long) data.allocated() : null;
            store.metadata().change(change -> {
                change.delete(Table.UNSETTLED, Keys.ofLong(file.inode()));
                Inode now = store.metadata().find(file.inode());
                if (now != null && allocated != null) {
                    if (data.written().isEverything()) {
                        change.dropChecksums(now, 0);
                    }
                    if (now.attributes().allocated() != allocated) {
                        change.put(now.withData(now.attributes().size(), allocated, null));
                    }
                }
                return true;
            });
            data.written().clear();
            data.setMarked(false);
        } finally {
            data.exclusive().unlock();
        }
    }

    /** Settles what did not change since it was looked at last, now. */
    void settleQuiet() throws FsException {
        store.metadata().flush();
        settle(false);
        store.logSync().sync();
    }

    /** Ends the thread, then settles what is left. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closing.signal();
        } finally {
            lock.unlock();
        }
        Joining.join(List.of(thread));
        try {
            store.metadata().flush();
            settle(true);
        } catch (FsException e) {
            store.note("settling at the end", e);
        }
    }
}
