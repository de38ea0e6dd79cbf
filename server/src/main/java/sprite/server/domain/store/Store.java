package sprite.server.domain.store;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private final int inlineBytes;

    /** Files that got their first data, inline, since the log was synced last: nothing of it was promised to anyone. */
    private final Set<Long> uncommitted = ConcurrentHashMap.newKeySet();

    Store(Metadata metadata, DataFiles dataFiles, BlockCache cache, SpaceGauge space, int inlineBytes) {
        this.metadata = metadata;
        this.dataFiles = dataFiles;
        this.cache = cache;
        this.space = space;
        this.inlineBytes = inlineBytes;
        this.logSync = new LogSync(metadata.tables(), uncommitted::clear);
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

    boolean isUncommitted(long inode) {
        return uncommitted.contains(inode);
    }

    /** Tells the operator of something that went wrong and that nobody else hears of. */
    void note(String what, Exception e) {
        log.warn("{}: {}", what, e.getMessage());
    }
}
