package sprite.client.space;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Caller;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.GetXattr;
import sprite.common.wire.proto.ListXattr;
import sprite.common.wire.proto.RemoveXattr;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetXattr;

/**
 * Extended attributes. Their values are not cached, but the attributes say whether a file has any at all, and most have
 * none; the access control list is among the attributes. Immutable.
 */
final class ExtendedAttributes {
    private final Holdings held;

    ExtendedAttributes(Holdings held) {
        this.held = held;
    }

    byte[] get(FileId file, String name, Caller caller) throws FsException {
        boolean isAcl = name.equals(Acl.ACCESS_NAME);
        Attributes known = known(file);
        if (known != null && (isAcl ? known.acl() == null : !known.hasXattrs())) {
            throw new FsException("getxattr", file + " " + name, FsError.NO_ATTRIBUTE);
        }
        if (known != null && isAcl) {
            return known.aclBytes();
        }
        var request = ClientFrame.newBuilder()
                .setGetXattr(GetXattr.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setName(bytes(name))
                        .setCredentials(Wire.toWire(caller.credentials())));
        return held.linkOf(file)
                .call(request, ServerLink.Installer.NONE, caller::isInterrupted)
                .getXattr()
                .getValue()
                .toByteArray();
    }

    /** Only root hears of those of the {@code trusted} kind. */
    List<String> list(FileId file, Caller caller) throws FsException {
        Attributes known = known(file);
        if (known != null && !known.hasXattrs() && known.acl() == null) {
            return List.of();
        }
        var request =
                ClientFrame.newBuilder().setListXattr(ListXattr.newBuilder().setFile(Wire.toWire(file)));
        return held
                .linkOf(file)
                .call(request, ServerLink.Installer.NONE, caller::isInterrupted)
                .getXattr()
                .getNamesList()
                .stream()
                .map(name -> name.toString(StandardCharsets.ISO_8859_1))
                .filter(name -> caller.uid() == 0 || !name.startsWith("trusted."))
                .toList();
    }

    void set(FileId file, String name, byte[] value, boolean createOnly, boolean replaceOnly, Caller caller)
            throws FsException {
        change(
                file,
                ClientFrame.newBuilder()
                        .setSetXattr(SetXattr.newBuilder()
                                .setFile(Wire.toWire(file))
                                .setName(bytes(name))
                                .setValue(ByteString.copyFrom(value))
                                .setCreateOnly(createOnly)
                                .setReplaceOnly(replaceOnly)
                                .setCredentials(Wire.toWire(caller.credentials()))),
                caller);
    }

    void remove(FileId file, String name, Caller caller) throws FsException {
        change(
                file,
                ClientFrame.newBuilder()
                        .setRemoveXattr(RemoveXattr.newBuilder()
                                .setFile(Wire.toWire(file))
                                .setName(bytes(name))
                                .setCredentials(Wire.toWire(caller.credentials()))),
                caller);
    }

    /** Setting one changes the file's attributes too (change time, whether there are any): those held are void. */
    private void change(FileId file, ClientFrame.Builder request, Caller caller) throws FsException {
        long asked = held.files().mark();
        ServerFrame _ = held.linkOf(file)
                .call(
                        request,
                        frame -> {
                            if (frame.hasAttributes()) {
                                Attributes _ = held.installAttributes(frame, asked);
                            } else {
                                held.attributes().drop(file);
                            }
                        },
                        caller::isInterrupted);
    }

    private @Nullable Attributes known(FileId file) throws FsException {
        Attributes known = held.attributes().find(file);
        return known != null && held.linkOf(file).isLeaseValid() ? known : null;
    }

    private static ByteString bytes(String name) {
        return ByteString.copyFrom(name, StandardCharsets.ISO_8859_1);
    }
}
