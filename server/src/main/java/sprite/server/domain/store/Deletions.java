package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.DataFiles;

/**
 * Data files of files that were removed. They go once the removal is on disk and not before: a machine that loses power
 * between the two would find the file's name again, and nothing in it.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class Deletions {
    private static final Logger log = LoggerFactory.getLogger(Deletions.class);

    private final Metadata metadata;
    private final DataFiles dataFiles;
    private final Executor executor;

    /** Held by the one thread that deletes. Ranks before the locks of data files, which it only tries. */
    private final ReentrantLock deleting = new ReentrantLock();

    /** Guards the lists. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Removed, maybe after the sync under way began. */
    @GuardedBy("lock")
    private List<Long> removed = new ArrayList<>();

    /** Removed before it began. */
    @GuardedBy("lock")
    private List<Long> syncing = new ArrayList<>();

    /** The removal is on disk. */
    @GuardedBy("lock")
    private List<Long> due = new ArrayList<>();

    /** Whether the executor has a run, or will have. */
    @GuardedBy("lock")
    private boolean scheduled;

    Deletions(Metadata metadata, DataFiles dataFiles, Executor executor) {
        this.metadata = metadata;
        this.dataFiles = dataFiles;
        this.executor = executor;
    }

    /** Notes a file whose removal was written. */
    void note(long inode) {
        lock.lock();
        try {
            removed.add(inode);
        } finally {
            lock.unlock();
        }
    }

    /** A sync of the log begins. */
    void syncBegins() {
        lock.lock();
        try {
            syncing.addAll(removed);
            removed.clear();
        } finally {
            lock.unlock();
        }
    }

    /** The sync of the log that began last is done. */
    void synced() {
        lock.lock();
        try {
            due.addAll(syncing);
            syncing.clear();
            if (due.isEmpty() || scheduled) {
                return;
            }
            scheduled = true;
        } finally {
            lock.unlock();
        }
        boolean started = false;
        try {
            executor.execute(this::runScheduled);
            started = true;
        } finally {
            if (!started) {
                endSchedule();
            }
        }
    }

    private void runScheduled() {
        boolean ended = false;
        try {
            while (!ended) {
                run();
                ended = endScheduleIfIdle();
            }
        } finally {
            if (!ended) {
                endSchedule();
            }
        }
    }

    private boolean endScheduleIfIdle() {
        lock.lock();
        try {
            boolean idle = due.isEmpty() || metadata.tables().isBroken();
            scheduled = scheduled && !idle;
            return idle;
        } finally {
            lock.unlock();
        }
    }

    private void endSchedule() {
        lock.lock();
        try {
            scheduled = false;
        } finally {
            lock.unlock();
        }
    }

    /** Whether space can be had by a sync of the log, then {@link #run}. */
    boolean isPending() {
        lock.lock();
        try {
            return !removed.isEmpty() || !syncing.isEmpty() || !due.isEmpty() || deleting.isLocked();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Deletes what is due; returns when nothing is, apart from files that somebody is using. Does nothing while the
     * metadata is broken: it may go back to where a file was not removed.
     */
    void run() {
        deleting.lock();
        try {
            List<Long> now = metadata.tables().isBroken() ? List.of() : takeDue();
            for (long inode : now) {
                delete(inode);
            }
        } finally {
            deleting.unlock();
        }
    }

    private List<Long> takeDue() {
        lock.lock();
        try {
            List<Long> taken = due;
            due = new ArrayList<>();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void delete(long inode) {
        DataFile data = dataFiles.acquire(inode);
        try {
            if (!data.exclusive().tryLock()) {
                note(inode); // whoever uses it may be waiting for this thread
                return;
            }
            try {
                if (metadata.find(inode) != null) {
                    return; // a sync failed, and the metadata went back to before the removal
                }
                data.delete();
                data.setMarked(false);
                metadata.unmarkLater(inode);
            } catch (FsException e) {
                log.warn("deleting the data of inode {}: {}", inode, e.getMessage());
                note(inode);
            } catch (IOException e) {
                // The mark stays, so the next start tries again.
                log.warn("deleting the data of inode {}: {}", inode, e.getMessage());
            } finally {
                data.exclusive().unlock();
            }
        } finally {
            dataFiles.release(data);
        }
    }
}
