package sprite.client.file;

import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.consistency.ClientFile;

/** Files that a server refused to open again: what was written to them is kept, their handles break. Thread-safe. */
final class Refused {
    private static final Logger log = LoggerFactory.getLogger(Refused.class);

    private final LostAndFound lostAndFound;

    /**
     * Held while what is dirty of one file is copied to memory and kept: of many files at once it would be too much.
     */
    private final ReentrantLock keeping = new ReentrantLock();

    Refused(LostAndFound lostAndFound) {
        this.lostAndFound = lostAndFound;
    }

    /** Takes a file out of the recovery, unless it was removed and nobody misses it. */
    void take(CachedFile file, FsError why) {
        if (why == FsError.NOT_FOUND && Outdone.wasRemoved(file)) {
            return;
        }
        keeping.lock();
        try {
            lostAndFound.keep(file, why);
        } finally {
            keeping.unlock();
        }
        breakHandles(file);
        log.warn("file {} could not be opened again: {}", file.id, why);
    }

    /** Ends the recovery of a file; what programs have open of it can only be closed. */
    static void breakHandles(CachedFile file) {
        file.lock.lock();
        try {
            file.right = ClientFile.UNKNOWN;
            for (OpenFile handle : file.handles) {
                if (handle.isAttached()) {
                    handle.attached(false);
                    handle.broken(true);
                }
            }
            file.recovering = false;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }
}
