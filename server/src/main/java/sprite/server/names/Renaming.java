package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.Rename;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** rename(2) and renameat2(2). */
final class Renaming extends Change {
    private final Rename wanted;
    private final FileId from;
    private final FileId to;
    private final FileName fromName;
    private final FileName toName;
    private @Nullable FileId replaced;

    Renaming(Room room, Request request, Rename wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getFromDirectory()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.from = Wire.fileId(wanted.getFromDirectory());
        this.to = Wire.fileId(wanted.getToDirectory());
        this.fromName = Wire.fileName(wanted.getFromName());
        this.toName = Wire.fileName(wanted.getToName());
        if (from.domain() != to.domain()) {
            throw new FsException("rename", fromName + "", FsError.CROSS_DOMAIN);
        }
        if (wanted.getExchange() && wanted.getNoReplace()) {
            throw new FsException("rename", fromName + "", FsError.INVALID);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Domain domain = room.domain(from);
        Attributes source = room.directory(from);
        Attributes target = room.directory(to);
        Permission.search(source, who);
        Permission.search(target, who);
        Entry moved = domain.lookup(from, fromName);
        if (moved == null) {
            throw new FsException("rename", fromName + "", FsError.NOT_FOUND);
        }
        Entry there = domain.lookup(to, toName);
        if (there != null && wanted.getNoReplace()) {
            throw new FsException("rename", toName + "", FsError.EXISTS);
        }
        if (there == null && wanted.getExchange()) {
            throw new FsException("rename", toName + "", FsError.NOT_FOUND);
        }
        Permission.change(source, who);
        Permission.change(target, who);
        mayMove(source, domain.attributes(moved.file()), true);
        falsified.add(GrantKey.names(from));
        falsified.add(GrantKey.attributes(from));
        falsified.add(GrantKey.names(to));
        falsified.add(GrantKey.attributes(to));
        falsified.add(GrantKey.attributes(moved.file()));
        replaced = there == null ? null : there.file();
        if (there != null) {
            mayMove(target, domain.attributes(there.file()), wanted.getExchange());
            falsified.add(GrantKey.attributes(there.file()));
            falsified.add(GrantKey.names(there.file()));
        }
        return null;
    }

    /**
     * The sticky bit counts, and a directory that changes its parent must be writable, for its ".." changes. A remote
     * link stays where its prefix says, as a mount point does.
     *
     * @param remains it gets another name; else it is replaced, and goes
     */
    private void mayMove(Attributes directory, Attributes entry, boolean remains) throws FsException {
        Permission.unlink(directory, entry, who);
        if (entry.type() == FileType.REMOTE_LINK) {
            throw new FsException("rename", entry.file() + "", FsError.BUSY);
        }
        if (remains && entry.isDirectory() && !from.equals(to) && !Access.allows(entry, who, Access.WRITE)) {
            throw new FsException("rename", entry.file() + "", FsError.ACCESS_DENIED);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        FileId over = replaced;
        boolean inUse = over != null && !wanted.getExchange() && room.files().isOpen(over);
        Command command = new Command.Rename(
                room.now(), from, fromName, to, toName, wanted.getNoReplace(), wanted.getExchange(), inUse);
        Outcome outcome = apply(command, done -> ServerFrame.newBuilder().setChange(Replies.removal(done, inUse)));
        ChangeReply.Builder reply = Replies.removal(outcome, inUse);
        Replies.grantDirectories(this, outcome, reply);
        reply.setEntry(current(outcome.file())).setEntryGranted(attributesGranted(outcome.file()));
        Attributes gone = outcome.replaced();
        if (gone != null && gone.links() == 0) {
            room.files().removed(gone.file(), request.client());
            room.grants().gone(GrantKey.attributes(gone.file()));
            room.grants().gone(GrantKey.names(gone.file()));
        } else if (gone != null) {
            reply.setReplaced(current(gone)).setReplacedGranted(attributesGranted(gone));
        }
        request.reply(ServerFrame.newBuilder().setChange(reply));
        return null;
    }
}
