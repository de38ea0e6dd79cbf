package sprite.server.domain.data;

import java.nio.file.Path;
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

    /** Begins one. */
    Snapshot begin(Path aside, Disk disk, Moment taken) throws FsException, NativeError {
        moment.writeLock().lock();
        try {
            if (current != null) {
                throw new IllegalStateException("there is a snapshot");
            }
            Snapshot begun = new Snapshot(aside, disk, taken.take());
            current = begun;
            return begun;
        } finally {
            moment.writeLock().unlock();
        }
    }

    void end(Snapshot snapshot) {
        moment.writeLock().lock();
        try {
            if (current == snapshot) {
                current = null;
                snapshot.close();
            }
        } finally {
            moment.writeLock().unlock();
        }
    }
}
