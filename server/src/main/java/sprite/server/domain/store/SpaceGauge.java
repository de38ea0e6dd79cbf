package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.Space;

/**
 * How much room is left on the disk under a domain. What clients may fill ends above a reserve, so that the metadata
 * store never meets a full disk and deleting always works. Asks the operating system every 50 ms, more often when it
 * gets tight, and counts in between.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class SpaceGauge {
    private static final long MIB = 1024 * 1024;
    /** What a small record is taken to cost. */
    static final long RECORD_BYTES = 512;

    private static final long FRESH_NANOS = 50_000_000;
    private static final long TIGHT_BYTES = 64 * MIB;
    private static final long LOW_BYTES_MAX = 1024 * MIB;

    private final FileStore disk;
    private final long reserveBytes;

    /** Guards what was heard last. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private long heardNanos;

    @GuardedBy("lock")
    private long usableBytes;

    /** Claimed since then. */
    @GuardedBy("lock")
    private long claimedBytes;

    SpaceGauge(Path directory, @Nullable Long reserveBytes) throws IOException {
        this.disk = Files.getFileStore(directory);
        this.reserveBytes =
                reserveBytes != null ? reserveBytes : Math.clamp(disk.getTotalSpace() / 10, 8 * MIB, 64 * MIB);
        this.heardNanos = System.nanoTime() - FRESH_NANOS;
    }

    /** Refuses with NO_SPACE unless there is room for that many bytes more. */
    void claim(String operation, FileId file, long bytes) throws FsException {
        if (!tryClaim(operation, file, bytes)) {
            throw new FsException(operation, file.toString(), FsError.NO_SPACE);
        }
    }

    /** As {@link #claim}; false if there is no room. */
    boolean tryClaim(String operation, Object subject, long bytes) throws FsException {
        lock.lock();
        try {
            long left = left();
            if (left - bytes < TIGHT_BYTES) {
                refresh();
                left = left();
            }
            if (left < bytes || left <= 0) {
                return false;
            }
            claimedBytes += bytes;
            return true;
        } catch (IOException e) {
            throw new FsException(operation, subject + " (" + e.getMessage() + ")", FsError.IO);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private long left() throws IOException {
        if (System.nanoTime() - heardNanos >= FRESH_NANOS) {
            refresh();
        }
        return usableBytes - reserveBytes - claimedBytes;
    }

    @GuardedBy("lock")
    private void refresh() throws IOException {
        usableBytes = disk.getUsableSpace();
        claimedBytes = 0;
        heardNanos = System.nanoTime();
    }

    /** How full it is, with {@code files} in use and {@code inodesFree} numbers left for more. */
    Space space(long files, long inodesFree) throws FsException {
        lock.lock();
        try {
            refresh();
            long available = Math.max(0, left());
            long total = disk.getTotalSpace();
            boolean low = available < Math.min(LOW_BYTES_MAX, total / 4);
            // A file costs at least its record and its entry.
            long filesFree = Math.min(inodesFree, available / 512);
            return new Space(total, disk.getUnallocatedSpace(), available, files, filesFree, low);
        } catch (IOException e) {
            throw new FsException("measure", "free space (" + e.getMessage() + ")", FsError.IO);
        } finally {
            lock.unlock();
        }
    }
}
