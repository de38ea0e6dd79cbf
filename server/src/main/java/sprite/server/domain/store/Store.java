package sprite.server.domain.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.cache.BlockCache;
import sprite.server.domain.data.DataFiles;

/** The parts of an open domain that work on its files share. Thread-safe. */
final class Store {
    private static final Logger log = LoggerFactory.getLogger(Store.class);

    private final Metadata metadata;
    private final DataFiles dataFiles;
    private final BlockCache cache;
    private final SpaceGauge space;
    private final LogSync logSync;
    private final Deletions deletions;
    private final int inlineBytes;

    /** Files that got their first data, inline, since the log was synced last: nothing of it was promised to anyone. */
    private final Set<Long> uncommitted = ConcurrentHashMap.newKeySet();

    /** How often data left the metadata without being synced, being uncommitted. */
    private final AtomicLong movedUnsynced = new AtomicLong();

    Store(
            Metadata metadata,
            DataFiles dataFiles,
            BlockCache cache,
            SpaceGauge space,
            int inlineBytes,
            Deletions deletions) {
        this.metadata = metadata;
        this.dataFiles = dataFiles;
        this.cache = cache;
        this.space = space;
        this.inlineBytes = inlineBytes;
        this.deletions = deletions;
        this.logSync = new LogSync(metadata.tables(), this::beforeSync, deletions::synced);
    }

    private void beforeSync() {
        uncommitted.clear();
        deletions.syncBegins();
    }

    Metadata metadata() {
        return metadata;
    }

    DataFiles dataFiles() {
        return dataFiles;
    }

    BlockCache cache() {
        return cache;
    }

    SpaceGauge space() {
        return space;
    }

    Deletions deletions() {
        return deletions;
    }

    /**
     * Refuses with NO_SPACE unless there is room for that many bytes more, or will be once removed files are deleted.
     */
    void claim(String operation, FileId file, long bytes) throws FsException {
        if (space.tryClaim(operation, file, bytes)) {
            return;
        }
        if (deletions.isPending()) {
            reclaim();
            if (space.tryClaim(operation, file, bytes)) {
                return;
            }
        }
        // What a dump keeps is worth less than what a program writes.
        boolean _ = dataFiles.failSnapshot("the disk is full");
        space.claim(operation, file, bytes);
    }

    /** Gives the space of removed files back now. */
    void reclaim() throws FsException {
        if (deletions.isPending()) {
            logSync.sync();
            deletions.run();
        }
    }

    LogSync logSync() {
        return logSync;
    }

    /** Up to which size data lies in the metadata. */
    int inlineBytes() {
        return inlineBytes;
    }

    void noteUncommitted(long inode) {
        uncommitted.add(inode);
    }

    void noteMovedUnsynced() {
        movedUnsynced.incrementAndGet();
    }

    long movedUnsynced() {
        return movedUnsynced.get();
    }

    boolean isUncommitted(long inode) {
        return uncommitted.contains(inode);
    }

    /** Tells the operator of something that went wrong and that nobody else hears of. */
    void note(String what, Exception e) {
        log.warn("{}: {}", what, e.getMessage());
    }
}
