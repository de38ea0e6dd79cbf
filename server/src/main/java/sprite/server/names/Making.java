package sprite.server.names;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ChangeReply;
import sprite.common.wire.proto.MakeNode;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** mkdir(2), mknod(2) and symlink(2). */
final class Making extends Change {
    /** PATH_MAX of Linux, less the terminating NUL. */
    private static final int TARGET_MAX = 4_095;

    private final MakeNode wanted;
    private final FileId directory;
    private final FileName name;
    private final FileType type;

    Making(Room room, Request request, MakeNode wanted) throws FsException {
        super(room, request, Wire.fileId(wanted.getDirectory()), Wire.credentials(wanted.getCredentials()));
        this.wanted = wanted;
        this.directory = Wire.fileId(wanted.getDirectory());
        this.name = Wire.fileName(wanted.getName());
        this.type = Wire.fileType(wanted.getType());
        if (type == FileType.REMOTE_LINK) {
            throw new FsException("make", name + " (remote links are the administrator's)", FsError.NOT_PERMITTED);
        }
        boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
        if (device && !who.isRoot()) {
            throw new FsException("make", name + "", FsError.NOT_PERMITTED);
        }
        if (type == FileType.SYMLINK && wanted.getTarget().isEmpty()) {
            throw new FsException("make", name + "", FsError.NOT_FOUND);
        }
        if (wanted.getTarget().size() > TARGET_MAX) {
            throw new FsException("make", name + "", FsError.NAME_TOO_LONG);
        }
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        mayMake(room, directory, name, who);
        falsified.add(GrantKey.names(directory));
        falsified.add(GrantKey.attributes(directory));
        return null;
    }

    /** EXISTS comes before ACCESS_DENIED, as on Linux. */
    static void mayMake(Room room, FileId directory, FileName name, Credentials who) throws FsException {
        Attributes parent = room.directory(directory);
        Permission.search(parent, who);
        if (room.domain(directory).lookup(directory, name) != null) {
            throw new FsException("make", name + "", FsError.EXISTS);
        }
        Permission.change(parent, who);
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        Attributes parent = room.directory(directory);
        ByteString target = type == FileType.SYMLINK ? wanted.getTarget() : null;
        Command.Make make = make(room, parent, name, type, wanted.getMode(), wanted.getUmask(), who);
        Outcome outcome = apply(
                new Command.Make(
                        make.at(),
                        directory,
                        name,
                        type,
                        type == FileType.SYMLINK ? 0777 : make.mode(),
                        make.uid(),
                        make.gid(),
                        wanted.getDevice(),
                        target,
                        null,
                        make.acl(),
                        make.defaults()),
                done -> ServerFrame.newBuilder().setChange(Replies.change(done)));
        ChangeReply.Builder reply = Replies.change(outcome);
        Replies.grantDirectories(this, outcome, reply);
        reply.setEntryGranted(attributesGranted(outcome.file()));
        if (outcome.file().isDirectory()) {
            reply.setEntryNamesGranted(namesGranted(outcome.file()));
        }
        request.reply(ServerFrame.newBuilder().setChange(reply));
        return null;
    }

    /**
     * A new entry as {@code who} makes it. In a directory with a default access control list it gets that one, as far
     * as {@code mode} allows, and {@code umask} does not count; in a set-gid directory it gets the directory's group.
     */
    static Command.Make make(
            Room room, Attributes parent, FileName name, FileType type, int mode, int umask, Credentials who)
            throws FsException {
        Acl defaults = type == FileType.SYMLINK ? null : room.defaultAcl(parent);
        Acl acl = defaults == null ? null : defaults.inherited(mode);
        boolean inherits = (parent.mode() & Access.SET_GID) != 0;
        int gid = inherits ? parent.gid() : who.gid();
        int bits = mode & 07777 & (acl == null ? ~umask : ~0777 | acl.mode());
        if (type == FileType.DIRECTORY) {
            bits = inherits ? bits | Access.SET_GID : bits & ~Access.SET_GID;
        } else if ((bits & Access.SET_GID) != 0 && (bits & 010) != 0 && !who.isRoot() && !who.inGroup(gid)) {
            bits &= ~Access.SET_GID;
        }
        return new Command.Make(
                room.now(),
                parent.file(),
                name,
                type,
                bits,
                who.uid(),
                gid,
                0,
                null,
                null,
                acl == null || acl.isMode() ? null : acl,
                type == FileType.DIRECTORY ? defaults : null);
    }
}
