package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.Link;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** link(2). */
final class Linking extends Change {
    private final FileId file;
    private final FileId directory;
    private final FileName name;

    Linking(Room room, Request request, Link wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getDirectory()), Wire.credentials(wanted.getCredentials()));
        this.file = Wire.fileId(wanted.getFile());
        this.directory = Wire.fileId(wanted.getDirectory());
        this.name = Wire.fileName(wanted.getName());
        if (file.domain() != directory.domain()) {
            throw new FsException("link", name + "", FsError.CROSS_DOMAIN);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Making.mayMake(room, directory, name, who);
        Attributes linked = room.domain(file).attributes(file);
        if (linked.isDirectory()) {
            throw new FsException("link", file + "", FsError.NOT_PERMITTED);
        }
        if (linked.links() == 0 && !room.files().isOpen(file)) { // it is being freed, with what was not written back
            throw new FsException("link", file + "", FsError.NOT_FOUND);
        }
        falsified.add(GrantKey.names(directory));
        falsified.add(GrantKey.attributes(directory));
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        Outcome outcome = apply(
                new Command.Link(room.now(), file, directory, name),
                done -> ServerFrame.newBuilder().setChange(Replies.change(done)));
        room.files().named(file);
        ChangeReply.Builder reply = Replies.change(outcome).setEntry(current(outcome.file()));
        Replies.grantDirectories(this, outcome, reply);
        reply.setEntryGranted(attributesGranted(outcome.file()));
        request.reply(ServerFrame.newBuilder().setChange(reply));
        return null;
    }
}
