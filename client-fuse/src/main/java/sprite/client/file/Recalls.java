package sprite.client.file;

import java.util.List;
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
    private final FileTable files;
    private final BlockStore store;
    private final WriteBack writeBack;
    private final LostAndFound lostAndFound;
    private final Counters counters;

    Recalls(FileTable files, BlockStore store, WriteBack writeBack, LostAndFound lostAndFound, Counters counters) {
        this.files = files;
        this.store = store;
        this.writeBack = writeBack;
        this.lostAndFound = lostAndFound;
        this.counters = counters;
    }

    void callback(ServerLink link, Callback callback) {
        boolean works = callback.getWriteBack() || callback.getInvalidate();
        if (works) {
            link.send(ClientFrame.newBuilder()
                    .setCallbackAck(CallbackAck.newBuilder().setId(callback.getId())));
        }
        CachedFile file = known(callback);
        if (file == null) {
            link.send(done(callback, AttributeReport.getDefaultInstance(), null));
            return;
        }
        file.lock.lock();
        try {
            if (callback.getDelete()) {
                removed(file);
            }
            if (works) {
                file.recalls++; // from here on writes wait
            } else {
                AttributeReport report =
                        callback.getReportAttributes() ? file.takeReport() : AttributeReport.getDefaultInstance();
                file.post(done(callback, report, null));
            }
        } finally {
            file.lock.unlock();
        }
        file.sendPosted();
        if (works) {
            Thread.ofVirtual().name("recall " + file.id).start(() -> obey(file, callback));
        }
    }

    private @Nullable CachedFile known(Callback callback) {
        try {
            FileId id = Wire.fileId(callback.getFile());
            return files.find(id);
        } catch (FsException e) {
            return null; // no file has such a number, so nothing of it is here
        }
    }

    /** The last name is gone: what never left need not leave. */
    void removed(CachedFile file) {
        file.lock.lock();
        try {
            file.removed = true;
            if (file.handles.isEmpty()) {
                file.voidFetches();
                counters.saved.add(file.blocks.dropAll());
                file.unreported = false;
                file.owesWrittenBack = false;
                file.changed.signalAll();
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** Dirty blocks of a file that may not be cached any more, though nobody recalled them (trap 3). */
    void obeyOwn(CachedFile file) {
        file.lock.lock();
        try {
            file.recalls++;
        } finally {
            file.lock.unlock();
        }
        Thread.ofVirtual().name("homeless " + file.id).start(() -> {
            FsException failed = writeBack.flush(file, Cause.RECALL);
            if (failed != null) {
                lostAndFound.keep(file, failed.error());
            }
            file.lock.lock();
            try {
                file.recalls--;
                file.voidFetches();
                counters.saved.add(file.blocks.dropAll());
                file.changed.signalAll();
            } finally {
                file.lock.unlock();
            }
            store.drain();
        });
    }

    private void obey(CachedFile file, Callback callback) {
        FsException failed = writeBack.flush(file, Cause.RECALL);
        FsError error = failed == null ? null : failed.error();
        if (error == FsError.IO || error == FsError.CORRUPT || error == FsError.BAD_REQUEST) {
            lostAndFound.keep(file, error);
            markBroken(file);
            error = null;
        }
        file.lock.lock();
        try {
            file.recalls--;
            AttributeReport report = file.takeReport();
            if (error == null) {
                file.owesWrittenBack = false;
                if (callback.getInvalidate()) {
                    file.right = file.right.invalidated();
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
        file.sendPosted();
        store.drain();
    }

    /** Closes flushed handles, so that a program that has closed the file does not stand in another's way. */
    private static void closeEarly(CachedFile file, AttributeReport report) {
        file.lock.lock();
        try {
            for (OpenFile handle : file.handles) {
                if (handle.attached && handle.flags().write() && !handle.flushed) {
                    return;
                }
            }
            // The first Close carries the report, since after the last one this client is not the last writer.
            AttributeReport first = report;
            for (OpenFile handle : List.copyOf(file.handles)) {
                if (handle.attached && handle.flushed) {
                    file.detach(handle, first);
                    first = AttributeReport.getDefaultInstance();
                }
            }
        } finally {
            file.lock.unlock();
        }
    }

    private static void markBroken(CachedFile file) {
        file.lock.lock();
        try {
            file.failures++;
            file.failure = FsError.IO;
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
