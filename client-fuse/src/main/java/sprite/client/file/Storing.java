package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import sprite.client.fs.Deadline;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/**
 * Takes what programs stored into pages, as the kernel brings it back. The kernel is answered before that has landed:
 * it may be in the middle of being told to forget, or at the end of a program, which nothing ends once it waits.
 * Whoever relies on the rest waits for it, and so does the kernel when there is much. Thread-safe: state is in the
 * files.
 */
// See "Stored Pages" in the design notes.
final class Storing {
    /** When the mount ends, what has not landed is waited for so long. */
    private static final Duration END_MAX = Duration.ofSeconds(2);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Landing landing;
    private final Counters counters;

    Storing(Landing landing, Counters counters) {
        this.landing = landing;
        this.counters = counters;
    }

    /** Whether programs may store into pages of the file: one that has it open for writing may have mapped it. */
    static boolean mayBeStoredTo(CachedFile file) {
        file.lock.lock();
        try {
            return file.pages.mayBeStoredTo()
                    && file.handles.stream().anyMatch(handle -> handle.flags().write());
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Has the kernel bring back what programs stored into pages, for who looks at the file in a way for which it does
     * not do so by itself. Other operations of the file wait until it has landed.
     */
    static void bringBack(CachedFile file) {
        if (mayBeStoredTo(file)) {
            file.pages.bar(0, Pages.END);
            file.pages.unbar();
        }
    }

    /** A handle for writing that was closed early, which a program may still have mapped; {@code other} if none. */
    @GuardedBy("file.lock")
    static OpenFile detachedWriterOr(CachedFile file, OpenFile other) {
        return file.handles.stream()
                .filter(handle -> handle.flags().write() && !handle.isAttached() && !handle.isBroken())
                .findFirst()
                .orElse(other);
    }

    /** The kernel brings pages back. Returns when it may bring back more. */
    void take(OpenFile handle, long offset, MemorySegment data) {
        CachedFile file = handle.cached;
        ByteString bytes = ByteString.copyFrom(data.asByteBuffer());
        counters.writtenByPrograms.add(bytes.size());
        file.lock.lock();
        try {
            handle.flushed(false);
            long number = file.stored.add(offset, bytes);
            landing.began(file, bytes.size());
            while (!file.stored.haveLanded(number) && landing.isFull(file)) {
                long _ = file.changed.awaitNanos(LOOK_NANOS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that takes pages", e);
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether all that the kernel has brought back is in the cache or at the server, or has been given up. */
    static boolean hasLanded(CachedFile file) {
        file.lock.lock();
        try {
            return file.stored.isEmpty();
        } finally {
            file.lock.unlock();
        }
    }

    /** Returns when all that the kernel has brought back is in the cache or at the server, or has been given up. */
    static void awaitLanded(CachedFile file) {
        file.lock.lock();
        try {
            long seen = file.stored.taken(); // what comes later is not waited for: programs may store without a pause
            while (!file.stored.haveLanded(seen)) {
                file.changed.awaitUninterruptibly();
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** As {@link #awaitLanded}, on behalf of a program's call. */
    static void awaitLanded(CachedFile file, String operation) throws FsException {
        file.lock.lock();
        try {
            long seen = file.stored.taken();
            while (!file.stored.haveLanded(seen)) {
                file.awaitChange(operation);
            }
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * For a recall that is being obeyed: has pages dropped, and returns when what was stored into them has landed,
     * while this client may still cache the file. It lands meanwhile already: the kernel may wait for that.
     */
    static void landToObey(CachedFile file, Runnable drop) {
        file.lock.lock();
        try {
            file.stored.forRecalls++;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        drop.run();
        file.lock.lock();
        try {
            while (!file.stored.isEmpty() && file.right.cacheable() && !file.recovering) {
                file.changed.awaitUninterruptibly();
            }
            file.stored.forRecalls--;
        } finally {
            file.lock.unlock();
        }
    }

    /** As {@link #landToObey}, for a change that holds the file and has not been asked for. */
    static void landToChange(CachedFile file, Runnable drop) throws FsException {
        file.lock.lock();
        try {
            file.stored.forChanges++;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        drop.run();
        file.lock.lock();
        try {
            while (!file.stored.isEmpty()) {
                file.awaitChange("change");
            }
        } finally {
            changeBegins(file);
            file.lock.unlock();
        }
    }

    private static void changeBegins(CachedFile file) {
        file.lock.lock();
        try {
            file.stored.forChanges--;
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * As {@link #awaitLanded}, of all files at the end of a mount, not for long; those of which the kernel may still
     * have what programs stored.
     */
    static List<FileId> awaitLandedAtEnd(Collection<CachedFile> files, Deadline end) {
        Deadline until = Deadline.in(end.left(END_MAX));
        List<FileId> doubtful = new ArrayList<>();
        for (CachedFile file : files) {
            file.lock.lock();
            try {
                while (!file.stored.isEmpty() && !until.isOver()) {
                    long _ = file.changed.awaitNanos(until.left(END_MAX).toNanos());
                }
                if (!file.stored.isEmpty() || (mayBeStoredTo(file) && file.pages.areHeld())) {
                    doubtful.add(file.id);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return files.stream().map(each -> each.id).toList();
            } finally {
                file.lock.unlock();
            }
        }
        return doubtful;
    }
}
