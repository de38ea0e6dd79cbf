package sprite.client.file;

import java.util.Collection;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.client.cache.BlockStore;
import sprite.client.session.ServerLink;
import sprite.common.name.FileId;

/** All files of which something is known here. Thread-safe. */
final class FileTable {
    private final ConcurrentSkipListMap<FileId, CachedFile> files = new ConcurrentSkipListMap<>();
    private final BlockStore store;
    private final AttributeSink sink;
    private final AtomicLong marks;
    private final Lending lending;

    FileTable(BlockStore store, AttributeSink sink, AtomicLong marks, Lending lending) {
        this.lending = lending;
        this.store = store;
        this.sink = sink;
        this.marks = marks;
    }

    @Nullable
    CachedFile find(FileId id) {
        return files.get(id);
    }

    /** The file with its lock held; the caller unlocks it. */
    @SuppressWarnings("LockNotBeforeTry") // the caller's try begins when this returns
    CachedFile locked(FileId id, ServerLink link) {
        while (true) {
            CachedFile file =
                    files.computeIfAbsent(id, absent -> new CachedFile(absent, link, store, sink, marks, lending));
            file.lock.lock();
            if (!file.forgotten) {
                return file;
            }
            file.lock.unlock();
        }
    }

    /** See {@link FileCache#mark}. */
    long mark() {
        return marks.get();
    }

    Collection<CachedFile> all() {
        return files.values();
    }

    /** Those of its domain with higher numbers, the nearest first. */
    Collection<CachedFile> after(CachedFile file) {
        var last = new FileId(file.id.domain(), FileId.INODE_MAX);
        return files.subMap(file.id, false, last, true).values();
    }

    /** Those of its domain with lower numbers, the nearest first. */
    Collection<CachedFile> before(CachedFile file) {
        var first = new FileId(file.id.domain(), FileId.ROOT_INODE);
        return files.subMap(first, true, file.id, false).descendingMap().values();
    }

    /** Forgets the file if there is nothing to know about it. */
    void forgetIfIdle(CachedFile file) {
        file.lock.lock();
        try {
            boolean busy = !file.handles.isEmpty()
                    || !file.blocks.isEmpty()
                    || !file.stored.isEmpty()
                    || file.reports.isDue()
                    || file.owesWrittenBack
                    || file.recalls > 0
                    || file.changes > 0
                    || file.recovering
                    || file.idleScans++ < IDLE_SCANS;
            if (!busy) {
                file.forgotten = true;
                files.remove(file.id, file);
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** An answer that was asked for before the last report may still be on its way for so many scans. */
    private static final int IDLE_SCANS = 24;

    /** Drops all data. Whoever waits for a file finds that its link has ended. */
    void end() {
        for (CachedFile file : all()) {
            file.lock.lock();
            try {
                file.voidFetches();
                var _ = file.blocks.dropAll();
                file.changed.signalAll();
            } finally {
                file.lock.unlock();
            }
        }
    }
}
