package sprite.common.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;

/**
 * Values to messages and back. What comes from the wire may be anything: a message that makes no sense is refused as
 * {@link FsError#BAD_REQUEST}, a name that is too long as {@link FsError#NAME_TOO_LONG}. Pure functions.
 */
public final class Wire {
    private static final FileType[] TYPES = {
        FileType.REGULAR,
        FileType.REGULAR,
        FileType.DIRECTORY,
        FileType.SYMLINK,
        FileType.FIFO,
        FileType.CHARACTER_DEVICE,
        FileType.BLOCK_DEVICE,
        FileType.SOCKET,
        FileType.REMOTE_LINK
    };

    private Wire() {}

    public static sprite.common.wire.proto.FileId toWire(FileId file) {
        return sprite.common.wire.proto.FileId.newBuilder()
                .setDomain(file.domain())
                .setInode(file.inode())
                .build();
    }

    public static FileId fileId(sprite.common.wire.proto.FileId file) throws FsException {
        try {
            return new FileId(file.getDomain(), file.getInode());
        } catch (IllegalArgumentException e) {
            throw new FsException("decode", e.getMessage() + "", FsError.BAD_REQUEST);
        }
    }

    public static sprite.common.wire.proto.FileTime toWire(FileTime time) {
        return sprite.common.wire.proto.FileTime.newBuilder()
                .setSeconds(time.seconds())
                .setNanos(time.nanos())
                .build();
    }

    public static FileTime fileTime(sprite.common.wire.proto.FileTime time) throws FsException {
        if (time.getNanos() < 0 || time.getNanos() > 999_999_999) {
            throw new FsException("decode", "nanoseconds " + time.getNanos(), FsError.BAD_REQUEST);
        }
        return new FileTime(time.getSeconds(), time.getNanos());
    }

    /** A time that nothing depends on: nonsense is taken for something near it. */
    public static FileTime time(sprite.common.wire.proto.FileTime told) {
        return new FileTime(told.getSeconds(), Math.clamp(told.getNanos(), 0, 999_999_999));
    }

    public static sprite.common.wire.proto.FileType toWire(FileType type) {
        return switch (type) {
            case REGULAR -> sprite.common.wire.proto.FileType.REGULAR;
            case DIRECTORY -> sprite.common.wire.proto.FileType.DIRECTORY;
            case SYMLINK -> sprite.common.wire.proto.FileType.SYMLINK;
            case FIFO -> sprite.common.wire.proto.FileType.FIFO;
            case CHARACTER_DEVICE -> sprite.common.wire.proto.FileType.CHARACTER_DEVICE;
            case BLOCK_DEVICE -> sprite.common.wire.proto.FileType.BLOCK_DEVICE;
            case SOCKET -> sprite.common.wire.proto.FileType.SOCKET;
            case REMOTE_LINK -> sprite.common.wire.proto.FileType.REMOTE_LINK;
        };
    }

    public static FileType fileType(sprite.common.wire.proto.FileType type) throws FsException {
        if (type == sprite.common.wire.proto.FileType.UNRECOGNIZED
                || type == sprite.common.wire.proto.FileType.FILE_TYPE_UNKNOWN) {
            throw new FsException("decode", "file type", FsError.BAD_REQUEST);
        }
        return TYPES[type.getNumber()];
    }

    public static sprite.common.wire.proto.Attributes toWire(Attributes a) {
        var builder = sprite.common.wire.proto.Attributes.newBuilder()
                .setFile(toWire(a.file()))
                .setType(toWire(a.type()))
                .setMode(a.mode())
                .setLinks(a.links())
                .setUid(a.uid())
                .setGid(a.gid())
                .setDevice(a.device())
                .setSize(a.size())
                .setAllocated(a.allocated())
                .setAccessed(toWire(a.accessed()))
                .setModified(toWire(a.modified()))
                .setChanged(toWire(a.changed()))
                .setCreated(toWire(a.created()))
                .setVersion(a.version())
                .setHasXattrs(a.hasXattrs());
        Acl acl = a.acl();
        if (acl != null) {
            builder.setAcl(toWire(acl));
        }
        Prefix remote = a.remote();
        if (remote != null) {
            builder.setRemotePrefix(remote.path());
        }
        return builder.build();
    }

    public static Attributes attributes(sprite.common.wire.proto.Attributes a) throws FsException {
        String remote = a.getRemotePrefix();
        if (!remote.isEmpty() && !Prefix.isValid(remote)) {
            throw new FsException("decode", "prefix " + remote, FsError.BAD_REQUEST);
        }
        return new Attributes(
                fileId(a.getFile()),
                fileType(a.getType()),
                a.getMode(),
                a.getLinks(),
                a.getUid(),
                a.getGid(),
                a.getDevice(),
                a.getSize(),
                a.getAllocated(),
                fileTime(a.getAccessed()),
                fileTime(a.getModified()),
                fileTime(a.getChanged()),
                fileTime(a.getCreated()),
                a.getVersion(),
                a.getHasXattrs(),
                acl(a.getAcl()),
                remote.isEmpty() ? null : new Prefix(remote));
    }

    public static ByteString toWire(Acl acl) {
        return UnsafeByteOperations.unsafeWrap(acl.toBytes());
    }

    /** Null if there is no list; INVALID if it is none that anybody could follow. */
    public static @Nullable Acl acl(ByteString value) throws FsException {
        try {
            return value.isEmpty() ? null : Acl.parse(value.toByteArray());
        } catch (IllegalArgumentException e) {
            throw new FsException("read access control list", String.valueOf(e.getMessage()), FsError.INVALID);
        }
    }

    public static sprite.common.wire.proto.Credentials toWire(Credentials who) {
        return sprite.common.wire.proto.Credentials.newBuilder()
                .setUid(who.uid())
                .setGid(who.gid())
                .addAllGroups(who.groups())
                .build();
    }

    public static Credentials credentials(sprite.common.wire.proto.Credentials who) {
        return new Credentials(who.getUid(), who.getGid(), who.getGroupsList());
    }

    public static ByteString toWire(FileName name) {
        return ByteString.copyFrom(name.bytesAsText(), StandardCharsets.ISO_8859_1);
    }

    public static FileName fileName(ByteString name) throws FsException {
        String text = name.toString(StandardCharsets.ISO_8859_1);
        if (text.length() > FileName.LENGTH_MAX) {
            throw new FsException("decode", "name of " + text.length() + " bytes", FsError.NAME_TOO_LONG);
        }
        if (!FileName.isValid(text)) {
            throw new FsException("decode", "name '" + name.toStringUtf8() + "'", FsError.BAD_REQUEST);
        }
        return new FileName(text);
    }
}
