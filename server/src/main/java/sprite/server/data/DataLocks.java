package sprite.server.data;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import sprite.common.name.FileId;

/**
 * One lock per file, more or less: files share a fixed number of them. Shared for reads, exclusive for writes, so that
 * reads and writes of a write-shared file are atomic to each other. Ranks after a file's entry and before the locks of
 * the store: whoever holds one takes only those. Thread-safe: immutable.
 */
final class DataLocks {
    private static final int COUNT = 512;

    private final ReentrantReadWriteLock[] locks = new ReentrantReadWriteLock[COUNT];

    DataLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new ReentrantReadWriteLock();
        }
    }

    ReentrantReadWriteLock of(FileId file) {
        return locks[(int) ((file.inode() * 0x9E3779B97F4A7C15L + file.domain()) >>> 55)];
    }
}
