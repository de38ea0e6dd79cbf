package sprite.server.names;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Allocate;
import sprite.common.wire.proto.CopyRange;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.GetXattr;
import sprite.common.wire.proto.Link;
import sprite.common.wire.proto.ListXattr;
import sprite.common.wire.proto.Lookup;
import sprite.common.wire.proto.MakeNode;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ReadDirectory;
import sprite.common.wire.proto.ReadLink;
import sprite.common.wire.proto.ReadLinkReply;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.RemoveXattr;
import sprite.common.wire.proto.Rename;
import sprite.common.wire.proto.Seek;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetAttributes;
import sprite.common.wire.proto.SetXattr;
import sprite.common.wire.proto.StatFs;
import sprite.common.wire.proto.StatFsReply;
import sprite.common.wire.proto.XattrReply;
import sprite.server.domain.Space;
import sprite.server.open.Exports;
import sprite.server.open.OpenFiles;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/** Makes operations of requests about names, attributes and opens. Thread-safe: immutable. */
public final class Names {
    private final Room room;

    public Names(Exports exports, OpenFiles files, Clock clock) {
        this.room = new Room(exports, files, files.grants(), clock);
    }

    public Operation lookup(Request request, Lookup wanted) throws FsException {
        return new Look.AtName(
                room,
                request,
                Wire.fileId(wanted.getDirectory()),
                Wire.fileName(wanted.getName()),
                Wire.credentials(wanted.getCredentials()));
    }

    public Operation attributes(Request request, GetAttributes wanted) throws FsException {
        return new Look.AtFile(room, request, Wire.fileId(wanted.getFile()));
    }

    public Operation list(Request request, ReadDirectory wanted) throws FsException {
        return new Listing(room, request, Wire.fileId(wanted.getDirectory()), wanted);
    }

    public Operation open(Request request, Open wanted) throws FsException {
        return Opening.of(room, request, wanted);
    }

    public Operation create(Request request, Create wanted) throws FsException {
        return wanted.getNameless() ? new NamelessCreation(room, request, wanted) : new Creation(room, request, wanted);
    }

    /** A Create whose file was made before: only the open is due. */
    public Operation openCreated(Request request, Create wanted, OpenReply kept) throws FsException {
        return CreatedOpening.of(room, request, wanted, kept);
    }

    public Operation make(Request request, MakeNode wanted) throws FsException {
        return new Making(room, request, wanted);
    }

    public Operation remove(Request request, Remove wanted) throws FsException {
        return new Removal(room, request, wanted);
    }

    public Operation rename(Request request, Rename wanted) throws FsException {
        return new Renaming(room, request, wanted);
    }

    public Operation link(Request request, Link wanted) throws FsException {
        return new Linking(room, request, wanted);
    }

    public Operation setAttributes(Request request, SetAttributes wanted) throws FsException {
        return new AttributeChange(room, request, wanted);
    }

    public Operation allocate(Request request, Allocate wanted) throws FsException {
        return new Allocation(room, request, wanted);
    }

    public Operation copy(Request request, CopyRange wanted) throws FsException {
        return new Copying(room, request, wanted);
    }

    public Operation setXattr(Request request, SetXattr wanted) throws FsException {
        String name = XattrChange.name(wanted.getName());
        return Acl.isName(name) ? AclChange.set(room, request, name, wanted) : XattrChange.set(room, request, wanted);
    }

    public Operation removeXattr(Request request, RemoveXattr wanted) throws FsException {
        String name = XattrChange.name(wanted.getName());
        return Acl.isName(name)
                ? AclChange.remove(room, request, name, wanted)
                : XattrChange.remove(room, request, wanted);
    }

    public Operation readLink(Request request, ReadLink wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        return at(
                file,
                request,
                () -> ServerFrame.newBuilder()
                        .setReadLink(ReadLinkReply.newBuilder()
                                .setTarget(UnsafeByteOperations.unsafeWrap(
                                        room.domain(file).readLink(file)))));
    }

    public Operation statFs(Request request, StatFs wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        return at(
                file,
                request,
                () -> ServerFrame.newBuilder()
                        .setStatFs(statFs(room.domain(file).space())));
    }

    private static StatFsReply statFs(Space space) {
        long block = Protocol.BLOCK_SIZE;
        return StatFsReply.newBuilder()
                .setBlockSize(block)
                .setBlocks(space.totalBytes() / block)
                .setBlocksFree(space.freeBytes() / block)
                .setBlocksAvailable(space.availableBytes() / block)
                .setFiles(space.files() + space.filesFree())
                .setFilesFree(space.filesFree())
                .setNameMax(255)
                .build();
    }

    public Operation seek(Request request, Seek wanted) throws FsException {
        return new Seeking(room, request, wanted);
    }

    public Operation xattr(Request request, GetXattr wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        String name = XattrChange.name(wanted.getName());
        Credentials who = Wire.credentials(wanted.getCredentials());
        return at(file, request, () -> {
            Attributes attributes = room.domain(file).attributes(file);
            Permission.readXattr(attributes, name, who);
            byte[] value = name.equals(Acl.ACCESS_NAME)
                    ? acl(attributes)
                    : room.domain(file).xattr(file, name);
            return ServerFrame.newBuilder()
                    .setXattr(XattrReply.newBuilder().setValue(UnsafeByteOperations.unsafeWrap(value)));
        });
    }

    private static byte[] acl(Attributes file) throws FsException {
        if (file.acl() == null) {
            throw new FsException("read attribute of", file.file() + "", FsError.NO_ATTRIBUTE);
        }
        return file.aclBytes();
    }

    public Operation xattrs(Request request, ListXattr wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        return at(file, request, () -> {
            XattrReply.Builder reply = XattrReply.newBuilder();
            Attributes attributes = room.domain(file).attributes(file);
            if (attributes.hasXattrs()) {
                for (String name : room.domain(file).xattrs(file)) {
                    reply.addNames(ByteString.copyFromUtf8(name));
                }
            }
            if (attributes.acl() != null) {
                reply.addNames(ByteString.copyFromUtf8(Acl.ACCESS_NAME));
            }
            return ServerFrame.newBuilder().setXattr(reply);
        });
    }

    /** Reads something and makes a reply of it. */
    private interface Reading {
        ServerFrame.Builder read() throws FsException;
    }

    /** A reading that grants nothing, while nobody changes names. */
    private Operation at(FileId file, Request request, Reading reading) {
        return () -> read(file, request, reading);
    }

    private @Nullable CompletableFuture<?> read(FileId file, Request request, Reading reading) throws FsException {
        var names = room.export(file).names().readLock();
        names.lock();
        try {
            request.reply(reading.read());
        } finally {
            names.unlock();
        }
        return null;
    }
}
