package sprite.server.domain.data;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;

/** The {@link Snapshot} that is being read, if one is. Thread-safe. */
public final class Snapshots {
    /**
     * Shared by everybody who changes data, from before the first byte until the metadata tells; exclusive while a
     * snapshot begins or ends, which so falls between changes. Ranks before the locks of data files.
     */
    private final ReentrantReadWriteLock moment = new ReentrantReadWriteLock();

    private volatile @Nullable Snapshot current;

    /** What else is to be seen as it is at the moment of a snapshot. */
    public interface Moment {
        /** Sees it; returns the highest inode number in use. */
        long take() throws FsException;
    }

    ReentrantReadWriteLock.ReadLock changing() {
        return moment.readLock();
    }

    @Nullable
    Snapshot current() {
        return current;
    }

    /** Begins one, which nobody else knows yet. */
    void begin(Snapshot snapshot, Moment taken) throws FsException {
        moment.writeLock().lock();
        try {
            if (current != null) {
                throw new IllegalStateException("there is a snapshot");
            }
            snapshot.begin(taken.take());
            current = snapshot;
        } finally {
            moment.writeLock().unlock();
        }
    }

    /** The current one fails, to give its space back; false if there is none that has kept anything. */
    boolean fail(String why) {
        moment.readLock().lock(); // it does not end meanwhile
        try {
            Snapshot snapshot = current;
            if (snapshot == null || !snapshot.isKeeping()) {
                return false;
            }
            snapshot.fail(why);
            return true;
        } finally {
            moment.readLock().unlock();
        }
    }

    /** Ends it; then nobody who changes data knows it. */
    void end(Snapshot snapshot) {
        moment.writeLock().lock();
        try {
            if (current == snapshot) {
                current = null;
            }
        } finally {
            moment.writeLock().unlock();
        }
        snapshot.close();
    }
}
