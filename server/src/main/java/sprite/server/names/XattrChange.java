package sprite.server.names;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.EmptyReply;
import sprite.common.wire.proto.RemoveXattr;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetXattr;
import sprite.server.domain.Command;
import sprite.server.session.GrantKey;
import sprite.server.session.Request;

/** setxattr(2) and removexattr(2). */
final class XattrChange extends Change {
    private static final int NAME_MAX = 255;

    private final FileId file;
    private final String name;
    private final @Nullable SetXattr setting;

    private XattrChange(Request request, Room room, FileId file, String name, Credentials who, @Nullable SetXattr set) {
        super(room, request, file, who);
        this.file = file;
        this.name = name;
        this.setting = set;
    }

    static XattrChange set(Room room, Request request, SetXattr wanted) throws FsException {
        if (wanted.getValue().size() > Protocol.XATTR_MAX) {
            throw new FsException("set attribute", wanted.getName().toStringUtf8(), FsError.TOO_LARGE);
        }
        return new XattrChange(
                request,
                room,
                Wire.fileId(wanted.getFile()),
                name(wanted.getName()),
                Wire.credentials(wanted.getCredentials()),
                wanted);
    }

    static XattrChange remove(Room room, Request request, RemoveXattr wanted) throws FsException {
        return new XattrChange(
                request,
                room,
                Wire.fileId(wanted.getFile()),
                name(wanted.getName()),
                Wire.credentials(wanted.getCredentials()),
                null);
    }

    /** A name as it stands on the wire. */
    static String name(ByteString wire) throws FsException {
        String name = wire.toString(StandardCharsets.UTF_8);
        if (name.isEmpty() || wire.size() > NAME_MAX) {
            throw new FsException("use attribute", name, FsError.TOO_SMALL);
        }
        if (name.indexOf('.') == name.length() - 1) {
            throw new FsException("use attribute", name + " (a kind and no name)", FsError.INVALID);
        }
        return name;
    }

    @Override
    @Nullable
    CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException {
        Permission.writeXattr(room.domain(file).attributes(file), name, who);
        if (setting != null) {
            requireRoom();
        }
        falsified.add(GrantKey.attributes(file));
        return null;
    }

    /** NO_SPACE if a program could not list the names any more. */
    private void requireRoom() throws FsException {
        long bytes = listed(name) + listed(Acl.ACCESS_NAME);
        for (String other : room.domain(file).xattrs(file)) {
            bytes += other.equals(name) ? 0 : listed(other);
        }
        if (bytes > Protocol.XATTR_LIST_MAX) {
            throw new FsException("set attribute", name + " (too many)", FsError.NO_SPACE);
        }
    }

    /** Bytes that a name takes in what listxattr(2) returns. */
    private static long listed(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length + 1L;
    }

    @Override
    @Nullable
    CompletableFuture<?> carryOut() throws FsException {
        SetXattr set = setting;
        Command command = set == null
                ? new Command.RemoveXattr(room.now(), file, name)
                : new Command.SetXattr(
                        room.now(), file, name, set.getValue(), set.getCreateOnly(), set.getReplaceOnly());
        var _ = apply(command, _ -> empty());
        request.reply(empty());
        return null;
    }

    private static ServerFrame.Builder empty() {
        return ServerFrame.newBuilder().setEmpty(EmptyReply.getDefaultInstance());
    }
}
