package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import sprite.common.wire.Protocol;

/**
 * Writes back files before they are asked for. Whoever reads one of the files that were written here, a copied tree
 * say, is about to read the others; each recall costs the reader two more messages and a wait, and a file that is home
 * already costs none of that. Inode numbers are handed out in order, so the neighbours by number of a file that is
 * recalled are what was made together with it. Only files that are closed and small go: they would be written back
 * within the delay anyway. As with read-ahead, their number grows while recalls follow each other and some are found.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class WriteAhead {
    private static final int FILES_MIN = 4;
    private static final int FILES_MAX = 64;

    /** Of each file; larger ones are worth a recall. */
    private static final int BLOCKS_MAX = 256 * 1024 / Protocol.BLOCK_SIZE;

    /** So many neighbours are looked at for one that is found. */
    private static final int LOOKS = 4;

    /** A recall that comes later than this after the one before begins anew. */
    private static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final FileTable files;
    private final WriteBack writeBack;
    private final LongSupplier nanoTime;

    /** Innermost. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private int wanted = FILES_MIN;

    @GuardedBy("lock")
    private long last;

    WriteAhead(FileTable files, WriteBack writeBack, LongSupplier nanoTime) {
        this.files = files;
        this.writeBack = writeBack;
        this.nanoTime = nanoTime;
        this.last = nanoTime.getAsLong() - PAUSE_NANOS_MAX - 1;
    }

    /** The file was recalled, and that is done. Writes back its neighbours, if any. Called without locks. */
    void recalled(CachedFile file) {
        List<CachedFile> neighbours = neighbours(file, begin());
        end(neighbours.size());
        if (!neighbours.isEmpty()) {
            var _ = writeBack.flushTogether(neighbours, Cause.AHEAD);
        }
    }

    /** Returns how many files are to be looked for. */
    private int begin() {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            wanted = now - last > PAUSE_NANOS_MAX ? FILES_MIN : wanted;
            last = now;
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    /** Hosts that hand one file back and forth recall it again and again, and nobody reads what lies beside it. */
    private void end(int found) {
        lock.lock();
        try {
            wanted = found == 0 ? FILES_MIN : Math.min(FILES_MAX, 2 * wanted);
        } finally {
            lock.unlock();
        }
    }

    private List<CachedFile> neighbours(CachedFile file, int count) {
        List<CachedFile> after = nearest(files.after(file), count, count / 2);
        List<CachedFile> before = nearest(files.before(file), count, count - after.size());
        return Stream.concat(after.stream(), before.stream()).toList();
    }

    private static List<CachedFile> nearest(Collection<CachedFile> inOrder, int count, int most) {
        return inOrder.stream()
                .limit((long) count * LOOKS)
                .filter(WriteAhead::mayLeave)
                .limit(most)
                .toList();
    }

    private static boolean mayLeave(CachedFile file) {
        file.lock.lock();
        try {
            return WriteBack.mayBegin(file)
                    && file.handles.isEmpty()
                    && file.blocks.dirtyBlocks() <= BLOCKS_MAX
                    && file.recalls == 0;
        } finally {
            file.lock.unlock();
        }
    }
}
