package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** open(2) with O_TMPFILE: makes a file that has no name, with the rights of one in a directory, and opens it. */
final class NamelessCreation extends Change {
    /** In place of a name, of which a mode does not depend. */
    private static final FileName NONE = FileName.ofText("-");

    private final Create wanted;
    private final FileId directory;

    NamelessCreation(Room room, Request request, Create wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getDirectory()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.directory = Wire.fileId(wanted.getDirectory());
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Permission.change(room.directory(directory), who);
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        Attributes parent = room.directory(directory);
        Command.Make named =
                Making.make(room, parent, NONE, FileType.REGULAR, wanted.getMode(), wanted.getUmask(), who);
        Outcome outcome = apply(
                new Command.MakeNameless(named.at(), directory, named.mode(), named.uid(), named.gid(), named.acl()),
                done -> ServerFrame.newBuilder().setOpen(Creation.created(done)));
        var told = Creation.created(outcome).build();
        try {
            boolean _ = room.files().open(Creation.wish(room, request, wanted, told)); // nobody else knows of it
        } catch (FsException e) { // the client died meanwhile: nobody will ever close it
            FileId made = outcome.file().file();
            var _ = room.domain(made).apply(new Command.DeleteOrphan(room.now(), made), null, null);
            throw e;
        }
        return null;
    }
}
