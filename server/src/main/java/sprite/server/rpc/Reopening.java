package sprite.server.rpc;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.OpenSeq;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.OpenMode;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.OpenFiles;
import sprite.server.open.OpenWish;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/**
 * Files that a client had open, or dirty, when the server lost its session: opened again, as often as they were.
 * Thread-safe: immutable.
 */
final class Reopening {
    private static final int OPENS_MAX = 100_000;

    private final Exports exports;
    private final OpenFiles files;

    Reopening(Exports exports, OpenFiles files) {
        this.exports = exports;
        this.files = files;
    }

    /** STALE if the client has dirty blocks of a version that somebody has written over since. */
    Operation reopen(Request request, Reopen wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        long opens = (long) wanted.getReaders() + wanted.getWriters() + wanted.getExecutors();
        if (opens < 0 || opens > OPENS_MAX || wanted.getReaders() < 0 || wanted.getWriters() < 0) {
            throw new FsException("reopen", file + "", FsError.BAD_REQUEST);
        }
        return () -> attempt(request, file, wanted);
    }

    private @Nullable CompletableFuture<?> attempt(Request request, FileId file, Reopen wanted) throws FsException {
        Export export = exports.of(file);
        export.names().writeLock().lock();
        try {
            Attributes stored = export.domain().attributes(file);
            if (wanted.getDirty() && stored.version() > wanted.getVersion()) {
                throw new FsException("reopen", file + " (written by another client meanwhile)", FsError.STALE);
            }
            files.forget(file, request.session());
            boolean dirtyOnly = wanted.getDirty() && wanted.getWriters() == 0;
            int left = wanted.getReaders() + wanted.getWriters() + wanted.getExecutors() + (dirtyOnly ? 1 : 0);
            if (left == 0) {
                request.reply(reply(new OpenWish.Opened(stored, false, sprite.consistency.OpenSeq.NONE, false)));
                return null;
            }
            if (dirtyOnly) {
                open(request, file, OpenMode.WRITE, --left == 0);
                boolean _ = files.close(file, request.session(), OpenMode.WRITE, true, wanted.getReport());
            }
            for (int i = 0; i < wanted.getWriters(); i++) {
                open(request, file, OpenMode.WRITE, --left == 0);
            }
            for (int i = 0; i < wanted.getExecutors(); i++) {
                open(request, file, OpenMode.EXECUTE, --left == 0);
            }
            for (int i = 0; i < wanted.getReaders(); i++) {
                open(request, file, OpenMode.READ, --left == 0);
            }
        } finally {
            export.names().writeLock().unlock();
        }
        return null;
    }

    /** The last of the opens answers for all. */
    private void open(Request request, FileId file, OpenMode mode, boolean last) throws FsException {
        boolean _ = files.reopen(new OpenWish(request.session(), file, mode, null, false, new OpenWish.Answer() {
            @Override
            public void granted(OpenWish.Opened opened) {
                if (last) {
                    request.reply(reply(opened));
                }
            }

            @Override
            public void refused(FsError error) {
                request.refuse(new FsException("reopen", file + "", error));
            }
        }));
    }

    private static ServerFrame.Builder reply(OpenWish.Opened opened) {
        return ServerFrame.newBuilder()
                .setOpen(OpenReply.newBuilder()
                        .setAttributes(Wire.toWire(opened.attributes()))
                        .setAttributesGranted(opened.attributesGranted())
                        .setOpenSeq(OpenSeq.newBuilder()
                                .setEpoch(opened.seq().epoch())
                                .setCounter(opened.seq().counter()))
                        .setCacheable(opened.cacheable()));
    }
}
