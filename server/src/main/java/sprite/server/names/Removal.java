package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** unlink(2) and rmdir(2). */
final class Removal extends Change {
    private final Remove wanted;
    private final FileId directory;
    private final FileName name;
    private @Nullable FileId target;

    Removal(Room room, Request request, Remove wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getDirectory()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.directory = Wire.fileId(wanted.getDirectory());
        this.name = Wire.fileName(wanted.getName());
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Attributes parent = room.directory(directory);
        Permission.search(parent, who);
        Entry entry = room.domain(directory).lookup(directory, name);
        if (entry == null) {
            throw new FsException("remove", name + "", FsError.NOT_FOUND);
        }
        Permission.change(parent, who);
        if (entry.type() == FileType.REMOTE_LINK && wanted.getWantDirectory()) {
            throw new FsException("remove", name + "", FsError.BUSY); // a directory to its users, and in use as one
        }
        Permission.unlink(parent, room.domain(directory).attributes(entry.file()), who);
        target = entry.file();
        falsified.add(GrantKey.names(directory));
        falsified.add(GrantKey.attributes(directory));
        falsified.add(GrantKey.attributes(entry.file()));
        if (wanted.getWantDirectory()) {
            falsified.add(GrantKey.names(entry.file()));
        }
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        FileId file = java.util.Objects.requireNonNull(target);
        boolean inUse = room.files().isOpen(file);
        Outcome outcome = apply(
                new Command.Remove(room.now(), directory, name, wanted.getWantDirectory(), inUse),
                done -> frame(Replies.removal(done, inUse)));
        ChangeReply.Builder reply = Replies.removal(outcome, inUse);
        Replies.grantDirectories(this, outcome, reply);
        if (outcome.file().links() == 0) {
            room.files().removed(file, request.client());
            room.grants().gone(GrantKey.attributes(file));
            room.grants().gone(GrantKey.names(file));
        } else {
            reply.setEntry(current(outcome.file())).setEntryGranted(attributesGranted(outcome.file()));
        }
        request.reply(frame(reply));
        return null;
    }

    private static ServerFrame.Builder frame(ChangeReply.Builder reply) {
        return ServerFrame.newBuilder().setChange(reply);
    }
}
