package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.client.cache.BlockStore;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackAck;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ClientFrame;

/**
 * Obeys servers: writes back, drops, reports. Every callback ends in exactly one CallbackDone, whatever is known of the
 * file here (trap 1 of Sprite's was silence). Thread-safe: state is in the files.
 */
final class Recalls {
    private static final long STALE_PAUSE_NANOS = 50_000_000;
    private static final long STALE_PAUSE_NANOS_MAX = 1_600_000_000;

    private final FileTable files;
    private final BlockStore store;
    private final WriteBack writeBack;
    private final WriteAhead writeAhead;
    private final LostAndFound lostAndFound;
    private final Counters counters;
    private final boolean skipInvalidation;

    /** @param skipInvalidation a planted bug: blocks and the right to cache are kept */
    Recalls(
            FileTable files,
            BlockStore store,
            WriteBack writeBack,
            WriteAhead writeAhead,
            LostAndFound lostAndFound,
            Counters counters,
            boolean skipInvalidation) {
        this.files = files;
        this.store = store;
        this.writeBack = writeBack;
        this.writeAhead = writeAhead;
        this.lostAndFound = lostAndFound;
        this.counters = counters;
        this.skipInvalidation = skipInvalidation;
    }

    /**
     * Never waits.
     *
     * @param forgotten when the driver has forgotten the attributes and names that the callback takes back; only then
     *     the server hears that it is done
     */
    void callback(ServerLink link, Callback callback, CompletableFuture<?> forgotten) {
        boolean works = callback.getWriteBack() || callback.getInvalidate();
        if (works) {
            link.send(ClientFrame.newBuilder()
                    .setCallbackAck(CallbackAck.newBuilder().setId(callback.getId())));
        }
        CachedFile file = known(callback);
        if (file == null) {
            var _ = forgotten.whenComplete(
                    (_, _) -> link.send(done(callback, AttributeReport.getDefaultInstance(), null)));
            return;
        }
        if (callback.getDropPages() != 0) {
            Thread.ofVirtual().name("pages of " + file.id).start(() -> dropPages(file, callback, forgotten));
            return;
        }
        int session;
        file.lock.lock();
        try {
            if (callback.getDelete()) {
                removed(file, true);
            }
            session = file.sessionsLost.get();
            if (works) {
                file.recalls++; // from here on writes wait
            }
        } finally {
            file.lock.unlock();
        }
        if (works) {
            Thread.ofVirtual().name("recall " + file.id).start(() -> obey(file, callback, session, forgotten));
        } else {
            var _ = forgotten.whenComplete((_, _) -> report(file, callback, session)); // mostly here and now
        }
    }

    private static void report(CachedFile file, Callback callback, int session) {
        file.lock.lock();
        try {
            if (file.sessionsLost.get() == session) {
                AttributeReport report =
                        callback.getReportAttributes() ? file.report() : AttributeReport.getDefaultInstance();
                file.post(done(callback, report, null));
            }
        } finally {
            file.lock.unlock();
        }
        file.outgoing.send();
    }

    private static void dropPages(CachedFile file, Callback callback, CompletableFuture<?> forgotten) {
        await(forgotten);
        file.pages.drop(
                callback.getDropPages(),
                () -> Storing.awaitLanded(file),
                () -> file.link.send(done(callback, AttributeReport.getDefaultInstance(), null)));
    }

    private @Nullable CachedFile known(Callback callback) {
        try {
            FileId id = Wire.fileId(callback.getFile());
            return files.find(id);
        } catch (FsException e) {
            return null; // no file has such a number, so nothing of it is here
        }
    }

    /** The last name is gone; if the file is, too, what never left need not leave. */
    void removed(CachedFile file, boolean freed) {
        file.lock.lock();
        try {
            file.removed = true;
            if (freed && file.handles.isEmpty() && file.recalls == 0) { // a recall finds out by itself
                file.voidFetches();
                counters.saved.add(file.blocks.dropAll());
                file.forgetReports();
                file.owesWrittenBack = false;
                file.changed.signalAll();
            }
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Keeps everybody from blocks that may not be used any more, and not be dropped yet, until {@link #obeyOwn} has
     * ended; false if there are none.
     */
    @GuardedBy("file.lock")
    static boolean barOwn(CachedFile file) {
        if (!file.blocks.isDirty() && file.blocks.uncommitted.isEmpty()) {
            return false;
        }
        file.recalls++;
        file.homeless++;
        return true;
    }

    /**
     * Brings home blocks of a file that may not be cached any more, though nobody recalled them (trap 3).
     * {@link #barOwn} came before.
     */
    void obeyOwn(CachedFile file) {
        int session;
        file.lock.lock();
        try {
            session = file.sessionsLost.get();
        } finally {
            file.lock.unlock();
        }
        Thread.ofVirtual().name("homeless " + file.id).start(() -> {
            try {
                bringHome(file, session);
            } finally {
                unbarOwn(file, session);
            }
            store.drain();
        });
    }

    private void bringHome(CachedFile file, int session) {
        FsException failed = flush(file, session);
        boolean committed = writeBack.committing.beforeDropping(file, () -> isOver(file, session));
        if (isOver(file, session)) {
            return;
        }
        if (!committed) {
            lostAndFound.keepUncommitted(file, failed == null ? FsError.IO : failed.error());
        } else if (failed != null) {
            lostAndFound.keep(file, failed.error());
        }
    }

    private void unbarOwn(CachedFile file, int session) {
        file.lock.lock();
        try {
            file.recalls--;
            file.homeless--;
            if (!isOverFor(file, session)) {
                file.voidFetches();
                counters.saved.add(file.blocks.dropAll());
                file.reports.lost(false);
            }
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Whether the session is lost, or its loss is about to be told of the file: what is dirty or was not committed is
     * opened again in the next one.
     */
    @GuardedBy("file.lock")
    private static boolean isOverFor(CachedFile file, int session) {
        return isOver(file, session) || file.blocks.uncommitted.isLost(file.link.committed());
    }

    /** Whether or not it went well: then the kernel is gone, and nobody has what was lent. */
    private static void await(CompletableFuture<?> forgotten) {
        var _ = forgotten.handle((_, _) -> true).join();
    }

    private void obey(CachedFile file, Callback callback, int session, CompletableFuture<?> forgotten) {
        FsException failed = flush(file, session);
        boolean done;
        Storing.landToObey(file, file.pages::barToObey);
        try {
            // Also if an fsync has just sent it: until that is answered the server may let others in without it.
            failed = failed == null ? flush(file, session) : failed;
            done = obey(file, callback, session, forgotten, failed);
        } finally {
            file.pages.unbar();
        }
        file.outgoing.send();
        store.drain();
        if (callback.getWriteBack() && done) {
            writeAhead.recalled(file);
        }
    }

    /** Whether nothing went wrong. */
    private boolean obey(
            CachedFile file,
            Callback callback,
            int session,
            CompletableFuture<?> forgotten,
            @Nullable FsException failed) {
        FsError error = failed == null ? null : failed.error();
        if (error == FsError.TIMED_OUT) {
            error = FsError.NO_SPACE; // the blocks are still here, and the server must not think otherwise
        }
        if (error != null && error != FsError.NO_SPACE && !isOver(file, session)) {
            lostAndFound.keepUncommitted(file, error);
            error = null;
        }
        if (callback.getInvalidate() && !writeBack.committing.beforeDropping(file, () -> isOver(file, session))) {
            error = FsError.NO_SPACE; // likewise: what cannot be committed there is kept here
        }
        await(forgotten);
        obeyed(file, callback, session, error);
        return error == null;
    }

    /** What was asked for has been done, as far as it could. The kernel has no pages of the file. */
    private void obeyed(CachedFile file, Callback callback, int session, @Nullable FsError error) {
        file.lock.lock();
        try {
            file.recalls--;
            if (isOverFor(file, session)) {
                // Whoever recalled is gone with the session.
                file.changed.signalAll();
                return;
            }
            AttributeReport report = file.takeReport();
            if (error == null) {
                file.owesWrittenBack = false;
                if (callback.getInvalidate() && !skipInvalidation) {
                    file.right = file.right.invalidated();
                    file.reports.lost(false);
                    file.voidFetches();
                    var _ = file.blocks.dropAll();
                }
                closeEarly(file, report);
            }
            file.post(done(callback, report, error));
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }

    /** Closes flushed handles, so that a program that has closed the file does not stand in another's way. */
    private static void closeEarly(CachedFile file, AttributeReport report) {
        file.lock.lock();
        try {
            if (file.recovering || !file.stored.isEmpty()) {
                return; // a Reopen that counts them may be on its way; or what the server takes from who is open only
            }
            for (OpenFile handle : file.handles) {
                boolean writes = handle.isAttached() && handle.flags().write() && !handle.isFlushed();
                if (writes || handle.mayHoldLocks()) {
                    return; // the server frees the locks of a file with its last close
                }
            }
            // The first Close carries the report, since after the last one this client is not the last writer.
            AttributeReport first = report;
            for (OpenFile handle : List.copyOf(file.handles)) {
                if (handle.isAttached() && handle.isFlushed()) {
                    file.detach(handle, first);
                    first = AttributeReport.getDefaultInstance();
                }
            }
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Writes back. STALE is tried again for a while: the session may be lost, and the news of it not be here yet; if it
     * is, the recall is over.
     */
    private @Nullable FsException flush(CachedFile file, int session) {
        FsException failed = writeBack.flush(file, Cause.RECALL);
        long pauseNanos = STALE_PAUSE_NANOS;
        while (failed != null && failed.error() == FsError.STALE && pauseNanos <= STALE_PAUSE_NANOS_MAX) {
            if (isOverAfter(file, session, pauseNanos)) {
                return failed;
            }
            pauseNanos *= 2;
            failed = writeBack.flush(file, Cause.RECALL);
        }
        return failed;
    }

    /** Whether the session is lost, or the mount. Locks nothing: it is asked by those who wait for a reply. */
    private static boolean isOver(CachedFile file, int session) {
        return file.sessionsLost.get() != session || file.link.isEnded();
    }

    /** Whether the session is lost, now or before the time is over. */
    private static boolean isOverAfter(CachedFile file, int session, long nanos) {
        file.lock.lock();
        try {
            long left = nanos;
            while (left > 0 && file.sessionsLost.get() == session) {
                left = file.changed.awaitNanos(left);
            }
            return file.sessionsLost.get() != session;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a thread that obeys", e);
        } finally {
            file.lock.unlock();
        }
    }

    private static ClientFrame.Builder done(Callback callback, AttributeReport report, @Nullable FsError error) {
        return ClientFrame.newBuilder()
                .setCallbackDone(CallbackDone.newBuilder()
                        .setId(callback.getId())
                        .setReport(report)
                        .setError(error == null ? "" : error.name()));
    }
}
