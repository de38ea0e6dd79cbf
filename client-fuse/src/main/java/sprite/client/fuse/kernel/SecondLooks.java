package sprite.client.fuse.kernel;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Threads that found a file gone which its name had led them to. The kernel then (ESTALE) looks all names of the path
 * up once more, and no third time; meanwhile others may have renamed yet another file over the last one. So what such a
 * thread finds by a name at its second look is opened at once, for nothing, and thereby stays: until the thread has
 * opened it, looks another name up, or {@link #KEPT_NANOS} have passed since it was told. What the thread then reads
 * through its own open is that file's, without a name, as if the rename had come a moment later.
 *
 * <p>Only regular files can be kept so. A thread whose number is not known here (0) has one look.
 *
 * <p>Thread-safe: concurrent map of immutable values; what is taken out of it is released by whoever took it.
 */
final class SecondLooks {
    /** How long a thread may take from its second look to its open; then nobody waits for it. */
    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Threads at a time; what is more has one look. */
    private static final int THREADS_MAX = 256;

    /** How often a name is looked up for one second look, if what it means is gone each time. */
    private static final int TRIES_MAX = 100;

    private static final OpenFlags FOR_NOTHING = new OpenFlags(false, false, false, false, false, false);

    private static final Executor LATER = CompletableFuture.delayedExecutor(
            KEPT_NANOS,
            TimeUnit.NANOSECONDS,
            sweep -> Thread.ofVirtual().name("second looks").start(sweep));

    private final FileSystem files;
    private final Map<Integer, Look> byThread = new ConcurrentHashMap<>();
    private final AtomicBoolean sweepIsDue = new AtomicBoolean();

    /** Held while what is over is let go, so that {@link #endAll} returns when nothing is kept any more. */
    private final ReentrantLock sweeping = new ReentrantLock();

    /**
     * Where a thread is that was told ESTALE.
     *
     * @param sinceNanos when it was told
     * @param kept what it has found since by {@code place}; null if it has looked at no file again
     */
    private record Look(
            long sinceNanos,
            @Nullable Place place,
            @Nullable Handle kept) {
        boolean isOver() {
            return System.nanoTime() - sinceNanos >= KEPT_NANOS;
        }

        /** The kernel may look the same name up twice, but no other one before the file is opened. */
        boolean mayFind(Place other) {
            return !isOver() && (place == null || place.equals(other));
        }
    }

    private record Place(FileId directory, FileName name) {}

    SecondLooks(FileSystem files) {
        this.files = files;
    }

    /** The thread is told ESTALE. */
    void begin(int thread) {
        if (thread != 0 && byThread.size() < THREADS_MAX) {
            becomes(thread, new Look(System.nanoTime(), null, null));
        }
    }

    /** {@link FileSystem#lookup}; at a second look, what is found stays there for the caller. */
    Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        Look look = byThread.isEmpty() ? null : byThread.get(caller.pid());
        Place place = new Place(directory, name);
        if (look != null && look.mayFind(place)) {
            return lookAgain(look.sinceNanos, place, caller);
        }
        if (look != null) {
            end(caller.pid());
        }
        return files.lookup(directory, name, caller);
    }

    private Attributes lookAgain(long sinceNanos, Place place, Caller caller) throws FsException {
        for (int tries = 1; ; tries++) {
            Attributes found = files.lookup(place.directory, place.name, caller);
            if (!found.isRegular()) {
                return found;
            }
            try {
                becomes(caller.pid(), new Look(sinceNanos, place, files.open(found.file(), FOR_NOTHING, caller)));
                return found;
            } catch (FsException e) {
                boolean gone = e.error() == FsError.NOT_FOUND || e.error() == FsError.STALE;
                if (!gone || tries == TRIES_MAX) {
                    return found; // its open will tell
                }
            }
        }
    }

    /** The thread's open is answered. */
    void end(int thread) {
        if (!byThread.isEmpty()) {
            release(byThread.remove(thread));
        }
    }

    /** Nobody opens anything any more, or not now. */
    void endAll() {
        sweeping.lock();
        try {
            byThread.keySet().forEach(thread -> release(byThread.remove(thread)));
        } finally {
            sweeping.unlock();
        }
    }

    private void becomes(int thread, Look look) {
        release(byThread.put(thread, look));
        if (sweepIsDue.compareAndSet(false, true)) {
            LATER.execute(this::sweep);
        }
    }

    private void release(@Nullable Look look) {
        Handle kept = look == null ? null : look.kept;
        if (kept != null) {
            files.release(kept);
        }
    }

    private void sweep() {
        sweepIsDue.set(false);
        sweeping.lock();
        try {
            byThread.forEach((thread, look) -> {
                if (look.isOver() && byThread.remove(thread, look)) {
                    release(look);
                }
            });
        } finally {
            sweeping.unlock();
        }
        if (!byThread.isEmpty() && sweepIsDue.compareAndSet(false, true)) {
            LATER.execute(this::sweep);
        }
    }
}
