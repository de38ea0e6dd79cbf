package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Opener;
import sprite.client.fs.OpenFlags;
import sprite.client.session.ServerLink;
import sprite.common.error.FsException;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;

/** Handles: how they begin, are attached again, and end. Thread-safe: state is in the files. */
final class Opens {
    private final FileTable files;
    private final Recalls recalls;
    private final Counters counters;
    private final SpaceWatch space;
    private final AtomicLong opened = new AtomicLong();

    /** Those that had to wait, by the number of the handle. */
    private final Map<Long, CompletableFuture<Void>> releases = new ConcurrentHashMap<>();

    Opens(FileTable files, Recalls recalls, Counters counters, SpaceWatch space) {
        this.files = files;
        this.recalls = recalls;
        this.counters = counters;
        this.space = space;
    }

    OpenFile opened(ServerLink link, FileId id, OpenReply reply, OpenFlags flags, long asked, Opener opener) {
        boolean cuts = flags.truncate() && !opener.trail().isTakenIn(); // else more has happened to the file since
        CachedFile file = files.locked(id, link);
        OpenFile handle = new OpenFile(file, flags, opened.incrementAndGet(), opener.number());
        boolean homeless;
        try {
            OpenFile unanswered = file.former == null ? null : unanswered(file, opener.number());
            if (unanswered != null) {
                unanswered.unclaimed = false;
                return unanswered;
            }
            space.note(file, reply.getSpaceLow(), reply.getSpaceFree());
            handle.failureTold(file.failures);
            file.idleScans = 0;
            if (cuts) {
                counters.saved.add(file.blocks.dirtyBytes());
            }
            handle.attached(isCounted(file, reply));
            homeless = file.takeIn(reply, flags.write(), cuts, asked) && Recalls.barOwn(file);
            file.handles.add(handle);
            handle.listed(true);
        } finally {
            file.lock.unlock();
        }
        if (cuts) {
            opener.trail().takesIn(); // once the file's size is kept, and before others may write
        }
        if (homeless) {
            recalls.obeyOwn(file);
        }
        return handle;
    }

    /** A handle of this client's life before, under the number that it had. */
    OpenFile inherited(CachedFile file, OpenFlags flags, long number, long opener) {
        long _ = opened.accumulateAndGet(number, Math::max);
        return new OpenFile(file, flags, number, opener);
    }

    /** What a request that this client carries out once more had opened in the life before. */
    @GuardedBy("file.lock")
    private static @Nullable OpenFile unanswered(CachedFile file, long opener) {
        for (OpenFile handle : file.handles) {
            if (handle.unclaimed && handle.opener == opener && opener != 0) {
                return handle;
            }
        }
        return null;
    }

    /** From now on no call gets this handle of the life before; false if one has. */
    boolean giveUp(OpenFile handle) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            boolean unclaimed = handle.unclaimed;
            handle.unclaimed = false;
            return unclaimed;
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether the server counts what it opened: what the life before had asked, it was not told of again. */
    @GuardedBy("file.lock")
    private static boolean isCounted(CachedFile file, OpenReply reply) {
        Former former = file.former;
        return former == null || Frames.seq(reply).compareTo(former.reopened) > 0;
    }

    /** Opens the file at the server again for a detached handle. Access was checked when it was opened first. */
    void attach(OpenFile handle) throws FsException {
        CachedFile file = handle.cached;
        ClientFrame.Builder open;
        long asked = files.mark();
        file.lock.lock();
        try {
            while (handle.attaching) {
                file.awaitChange("open");
            }
            if (handle.isAttached() || handle.isBroken()) {
                return;
            }
            handle.attaching = true;
            open = ClientFrame.newBuilder()
                    .setOpen(Open.newBuilder()
                            .setFile(Wire.toWire(file.id))
                            .setRead(handle.flags().read())
                            .setWrite(handle.flags().write())
                            .setExecute(handle.flags().execute())
                            .setKnownVersion(
                                    file.blocks.isEmpty()
                                            ? 0
                                            : file.right.version().value())
                            .setCredentials(Wire.toWire(Credentials.ROOT)));
        } finally {
            file.lock.unlock();
        }
        // The caller may give up sooner than the server answers: another open must not cross this one.
        var _ = file.link.callUntil(open, reply -> attached(handle, reply.getOpen(), asked), () -> attachEnded(handle));
    }

    private static void attachEnded(OpenFile handle) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            handle.attaching = false;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    private void attached(OpenFile handle, OpenReply reply, long asked) {
        CachedFile file = handle.cached;
        space.note(file, reply.getSpaceLow(), reply.getSpaceFree());
        boolean homeless;
        file.lock.lock();
        try {
            homeless = file.takeIn(reply, handle.flags().write(), false, asked) && Recalls.barOwn(file);
            handle.attached(isCounted(file, reply));
            if (handle.isAttached() && !handle.isListed()) { // released meanwhile
                file.detach(handle, AttributeReport.getDefaultInstance());
            }
        } finally {
            file.lock.unlock();
        }
        if (homeless) {
            recalls.obeyOwn(file);
        }
        file.outgoing.send();
    }

    /** Asks for the size that an uncached write may have changed unseen. */
    void resolveDoubt(CachedFile file) throws FsException {
        var request = ClientFrame.newBuilder()
                .setGetAttributes(GetAttributes.newBuilder().setFile(Wire.toWire(file.id)));
        long asked = files.mark();
        file.link.call(request, reply -> resolved(file, reply.getAttributes().getAttributes(), asked), () -> false);
    }

    private static void resolved(CachedFile file, Attributes told, long asked) {
        file.lock.lock();
        try {
            if (file.isOvertaken(asked)) {
                return; // another one: ask again
            }
            if (file.doubtful && !file.reports.isDue() && !file.blocks.isDirty()) {
                file.adopt(told, false);
            }
            file.doubtful = false;
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    void pin(OpenFile handle) throws FsException {
        CachedFile file = handle.cached;
        while (true) {
            file.lock.lock();
            try {
                handle.mayHoldLocks(true);
                if (handle.isAttached() || handle.isBroken()) {
                    return;
                }
            } finally {
                file.lock.unlock();
            }
            attach(handle);
        }
    }

    /** See {@link FileCache#lockLost}. */
    void lockLost(FileId id) {
        CachedFile file = files.find(id);
        if (file != null) {
            file.lock.lock();
            try {
                file.handles.stream().filter(handle -> handle.mayHoldLocks()).forEach(handle -> handle.broken(true));
                file.locksLost.incrementAndGet();
                file.changed.signalAll();
            } finally {
                file.lock.unlock();
            }
        }
    }

    /**
     * The kernel waits for no release, and a server that is away must keep no thread of the driver. So what has to wait
     * does so elsewhere.
     */
    void release(OpenFile handle) {
        if (released(handle, false, false)) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        releases.put(handle.number(), done);
        Thread.ofVirtual().name("release " + handle.file()).start(() -> {
            try {
                releaseLater(handle);
            } finally {
                releases.remove(handle.number());
                done.complete(null);
            }
        });
    }

    /** See {@link sprite.client.fs.Mounted#areAllReleased}. */
    boolean areAllReleased(Duration patience) {
        try {
            Object _ = CompletableFuture.allOf(releases.values().toArray(CompletableFuture<?>[]::new))
                    .get(patience.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException("only ever completed", e);
        }
    }

    private static void releaseLater(OpenFile handle) {
        CachedFile file = handle.cached;
        if (!released(handle, true, false)) {
            file.pages.bar(0, Pages.END); // the server will not call back what detached handles could read
            try {
                boolean _ = released(handle, true, true);
            } finally {
                file.pages.unbar();
            }
        }
    }

    /** Whether others of this file remain, and none of them is open at the server. */
    private static boolean leavesDetached(OpenFile handle) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            return file.handles.size() > 1
                    && file.handles.stream().noneMatch(other -> other != handle && other.isAttached());
        } finally {
            file.lock.unlock();
        }
    }

    /** Whether the server takes nothing more that programs stored when the handle is closed. */
    private static boolean isLastWriter(OpenFile handle) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            return file.handles.stream()
                    .noneMatch(other -> other != handle
                            && other.isAttached()
                            && other.flags().write());
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * False, and nothing happens, if it would have to wait and must not ({@code waits}), or if pages have to be dropped
     * before, and have not been ({@code noPages}).
     */
    private static boolean released(OpenFile handle, boolean waits, boolean noPages) {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            // A report from before a truncation must not arrive after it, nor what was stored after the Close.
            long seen = file.stored.taken();
            while (file.changes > 0 || !file.stored.haveLanded(isLastWriter(handle) ? file.stored.taken() : seen)) {
                if (!waits) {
                    return false;
                }
                file.changed.awaitUninterruptibly();
            }
            if (!noPages && file.pages.areHeld() && leavesDetached(handle)) {
                return false;
            }
            if (!file.handles.remove(handle)) {
                return true;
            }
            // Of a file without a name dirty blocks stay until the server says delete: a recall may be on its way here.
            if (handle.isAttached() && !file.recovering) {
                file.detach(handle, file.takeReport());
            } else if (handle.isAttached() && handle.reopening) {
                file.lateCloses.add(handle);
            }
            handle.attached(false);
            handle.listed(false);
        } finally {
            file.lock.unlock();
        }
        file.outgoing.send();
        return true;
    }
}
