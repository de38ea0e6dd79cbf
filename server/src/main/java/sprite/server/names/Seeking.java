package sprite.server.names;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Seek;
import sprite.common.wire.proto.SeekReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.open.PageHolders;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/**
 * Where data or a hole begins, with what programs of other hosts have stored into pages. Confined to one attempt at a
 * time.
 */
final class Seeking implements Operation {
    private final Room room;
    private final Request request;
    private final Seek wanted;
    private final FileId file;
    private final PageHolders.Claim claim;

    Seeking(Room room, Request request, Seek wanted) throws FsException {
        this.room = room;
        this.request = request;
        this.wanted = wanted;
        this.file = Wire.fileId(wanted.getFile());
        this.claim = room.files().pages().claim(file, request.session());
    }

    @Override
    public @Nullable CompletableFuture<?> attempt() throws FsException {
        CompletableFuture<?> wait = claim.look();
        if (wait != null) {
            return wait;
        }
        try (claim) {
            request.reply(found());
        }
        return null;
    }

    private ServerFrame.Builder found() throws FsException {
        var names = room.export(file).names().readLock();
        names.lock();
        try {
            long found = room.domain(file).seek(file, wanted.getOffset(), wanted.getHole());
            return ServerFrame.newBuilder()
                    .setSeek(SeekReply.newBuilder().setFound(found >= 0).setOffset(Math.max(0, found)));
        } finally {
            names.unlock();
        }
    }
}
