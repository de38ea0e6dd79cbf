package sprite.client.fuse.kernel;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
 * opened it, looks another name up, or {@link #KEPT_NANOS} have passed. What the thread then reads through its own open
 * is that file's, without a name, as if the rename had come a moment later.
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

    /** Where a thread is; {@code kept} is null as long as it has looked at no file again. Told apart by identity. */
    private static final class Look {
        final @Nullable Handle kept;
        final long sinceNanos = System.nanoTime();

        Look(@Nullable Handle kept) {
            this.kept = kept;
        }
    }

    SecondLooks(FileSystem files) {
        this.files = files;
    }

    /** The thread is told ESTALE. */
    void begin(int thread) {
        if (thread != 0 && byThread.size() < THREADS_MAX) {
            becomes(thread, new Look(null));
        }
    }

    /** {@link FileSystem#lookup}; at a second look, what is found stays there for the caller. */
    Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException {
        return byThread.isEmpty() || !byThread.containsKey(caller.pid())
                ? files.lookup(directory, name, caller)
                : lookAgain(directory, name, caller);
    }

    private Attributes lookAgain(FileId directory, FileName name, Caller caller) throws FsException {
        for (int tries = 1; ; tries++) {
            Attributes found = files.lookup(directory, name, caller);
            if (!found.isRegular()) {
                return found;
            }
            try {
                becomes(caller.pid(), new Look(files.open(found.file(), FOR_NOTHING, caller)));
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
        byThread.keySet().forEach(thread -> release(byThread.remove(thread)));
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
        long now = System.nanoTime();
        byThread.forEach((thread, look) -> {
            if (now - look.sinceNanos >= KEPT_NANOS && byThread.remove(thread, look)) {
                release(look);
            }
        });
        if (!byThread.isEmpty() && sweepIsDue.compareAndSet(false, true)) {
            LATER.execute(this::sweep);
        }
    }
}
