package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.OpenReply;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/**
 * A Create that is said again: its file was made before the session was lost, and the kept reply tells of it; the open
 * went with the session. Others may have been granted the file's attributes since.
 */
final class CreatedOpening extends Change {
    private final FileId file;
    private final Create wanted;
    private final OpenReply kept;

    private CreatedOpening(Room room, Request request, FileId file, Create wanted, OpenReply kept) {
        super(room, request, file, Wire.credentials(wanted.getCredentials()));
        this.file = file;
        this.wanted = wanted;
        this.kept = kept;
    }

    static CreatedOpening of(Room room, Request request, Create wanted, OpenReply kept) throws FsException {
        return new CreatedOpening(
                room, request, Wire.fileId(kept.getAttributes().getFile()), wanted, kept);
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) {
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        boolean _ = room.files().open(Creation.wish(room, request, wanted, kept));
        return null;
    }
}
