package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Access;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.EmptyReply;
import sprite.common.wire.proto.RemoveXattr;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetXattr;
import sprite.server.domain.Command;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/**
 * setxattr(2) and removexattr(2) of the two attributes that show access control lists. Whether the attribute is there
 * already does not matter, as on Linux: flags of setxattr(2) are ignored, and to remove what is not there is no error.
 */
final class AclChange extends Change {
    private final FileId file;
    private final boolean isDefault;
    private final @Nullable Acl wanted;

    private AclChange(Room room, Request request, FileId file, String name, @Nullable Acl acl, Credentials who) {
        super(room, request, file, who);
        this.file = file;
        this.isDefault = name.equals(Acl.DEFAULT_NAME);
        this.wanted = acl;
    }

    static AclChange set(Room room, Request request, String name, SetXattr set) throws FsException {
        if (set.getValue().size() > Acl.BYTES_MAX) {
            throw new FsException("set attribute", name, FsError.TOO_LARGE);
        }
        Credentials who = Wire.credentials(set.getCredentials());
        return new AclChange(room, request, Wire.fileId(set.getFile()), name, Wire.acl(set.getValue()), who);
    }

    static AclChange remove(Room room, Request request, String name, RemoveXattr remove) throws FsException {
        Credentials who = Wire.credentials(remove.getCredentials());
        return new AclChange(room, request, Wire.fileId(remove.getFile()), name, null, who);
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Permission.setAcl(room.domain(file).attributes(file), isDefault && wanted != null, who);
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        Attributes before = room.domain(file).attributes(file);
        Command command = isDefault ? setDefault() : setAccess(before);
        if (command != null) {
            var _ = apply(command, _ -> done());
        }
        request.reply(done());
        return null;
    }

    private Command setAccess(Attributes before) {
        Acl acl = wanted;
        int mode = acl == null ? before.mode() : (before.mode() & ~0777) | acl.mode();
        if (!who.isRoot() && !who.inGroup(before.gid())) {
            mode &= ~Access.SET_GID;
        }
        return new Command.SetAcl(room.now(), file, mode, acl == null || acl.isMode() ? null : acl);
    }

    private @Nullable Command setDefault() throws FsException {
        Acl acl = wanted;
        if (acl != null) {
            return new Command.SetXattr(room.now(), file, Acl.DEFAULT_NAME, Wire.toWire(acl), false, false);
        }
        boolean exists = room.domain(file).xattrs(file).contains(Acl.DEFAULT_NAME);
        return exists ? new Command.RemoveXattr(room.now(), file, Acl.DEFAULT_NAME) : null;
    }

    private static ServerFrame.Builder done() {
        return ServerFrame.newBuilder().setEmpty(EmptyReply.getDefaultInstance());
    }
}
