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
        if (why == FsError.NOT_FOUND && wasRemoved(file)) {
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

    /**
     * Whether the file was removed, and nobody has it open; then all of it is dropped. In the session of this client's
     * life before, which goes on, nothing else takes a file away.
     */
    private static boolean wasRemoved(CachedFile file) {
        file.lock.lock();
        try {
            if (file.former == null || file.sessionsLost.get() > 0 || !file.handles.isEmpty()) {
                return false;
            }
            var _ = file.blocks.dropAll();
            file.forgetReports();
            file.owesWrittenBack = false;
            file.right = ClientFile.UNKNOWN;
            file.recovering = false;
            file.changed.signalAll();
            return true;
        } finally {
            file.lock.unlock();
        }
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
