package sprite.server.rpc;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.OpenSeq;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.Event;
import sprite.consistency.Use;
import sprite.consistency.Version;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.OpenFiles;
import sprite.server.open.OpenWish;
import sprite.server.session.Grace;
import sprite.server.session.GrantKey;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/** Files that a client had open, or dirty, when the server lost its session. Thread-safe: immutable. */
final class Reopening {
    /** A kernel has no room for as many open files as would exceed this. */
    private static final int OPENS_MAX = 1_000_000;

    private final Exports exports;
    private final OpenFiles files;
    private final Grace grace;
    private final KeptReplies kept;

    Reopening(Exports exports, OpenFiles files, Grace grace, KeptReplies kept) {
        this.exports = exports;
        this.files = files;
        this.grace = grace;
        this.kept = kept;
    }

    /**
     * STALE if the client has dirty blocks of a version that somebody has written over since, or the file's domain is
     * not served here; BAD_REQUEST for what no client can have had: a version that the file never reached, more opens
     * than there are, something that is no regular file.
     */
    Operation reopen(Request request, Reopen wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        Use held = held(file, wanted);
        OpenWish wish = new OpenWish(
                request.session(),
                file,
                seq -> new Event.Reopen(
                        request.client(),
                        held,
                        new Version(wanted.getVersion()),
                        wanted.getDirty(),
                        grace.mayReclaim(request.client()),
                        seq),
                null,
                new Answer(request, file, wanted, kept));
        return () -> attempt(request, wish, wanted);
    }

    private static Use held(FileId file, Reopen wanted) throws FsException {
        long opens = Integer.toUnsignedLong(wanted.getReaders())
                + Integer.toUnsignedLong(wanted.getWriters())
                + Integer.toUnsignedLong(wanted.getExecutors());
        if (opens > OPENS_MAX) {
            throw new FsException("reopen", file + ", " + opens + " times", FsError.BAD_REQUEST);
        }
        return new Use(
                (int) opens,
                wanted.getWriters(),
                wanted.getExecutors(),
                wanted.getCached(),
                sprite.consistency.OpenSeq.NONE);
    }

    private @Nullable CompletableFuture<?> attempt(Request request, OpenWish wish, Reopen wanted) throws FsException {
        Export export = exports.of(wish.file());
        export.names().writeLock().lock();
        try {
            if (!files.open(wish)) {
                var attributes = GrantKey.attributes(wish.file());
                files.grants().takeBack(attributes, request.client());
                return files.grants().settled(java.util.List.of(attributes));
            }
            files.reported(wish.file(), request.session(), wanted.getReport());
            return null;
        } finally {
            export.names().writeLock().unlock();
        }
    }

    /** Immutable. */
    private record Answer(Request request, FileId file, Reopen wanted, KeptReplies kept) implements OpenWish.Answer {
        @Override
        public void granted(OpenWish.Opened opened) throws FsException {
            if (wanted.getDirty()) {
                kept.comesHome(request.session(), file); // the client sends nothing before it has the answer
            }
            request.reply(ServerFrame.newBuilder()
                    .setOpen(OpenReply.newBuilder()
                            .setAttributes(Wire.toWire(opened.attributes()))
                            .setAttributesGranted(opened.attributesGranted())
                            .setOpenSeq(OpenSeq.newBuilder()
                                    .setEpoch(opened.seq().epoch())
                                    .setCounter(opened.seq().counter()))
                            .setCacheable(opened.cacheable())));
        }

        @Override
        public void refused(FsError error) {
            request.refuse(new FsException(
                    "reopen", file + " of version " + Long.toUnsignedString(wanted.getVersion()), error));
        }
    }
}
