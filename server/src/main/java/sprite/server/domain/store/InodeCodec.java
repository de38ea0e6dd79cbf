package sprite.server.domain.store;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.domain.Raiser;

/**
 * Inodes to records of the table and back: fixed fields, big-endian, in the order of {@link #encode}, then the prefix
 * of a remote link. The first byte is the version of the record: 3 if it has an access control list (and says who
 * raised the file's version), 2 if it only says that, else 1. Pure functions.
 */
public final class InodeCodec {
    /** Of a record that does not say who raised the file's version, as all did once. */
    private static final byte WITHOUT_RAISER = 1;

    private static final byte WITH_RAISER = 2;
    private static final byte WITH_ACL = 3;
    private static final int RAISER_BYTES = 2 * 8;
    private static final int FIXED_BYTES = 3 + 4 * 4 + 3 * 8 + 4 * 12 + 3 * 8;
    private static final int XATTRS_BIT = 4;
    private static final int CHECKSUMS_BIT = 8;
    private static final int STORAGE_MASK = 3;

    private InodeCodec() {}

    /** The record of an inode. */
    public static byte[] encode(Inode inode) {
        Attributes a = inode.attributes();
        Prefix remote = a.remote();
        byte[] prefix = remote == null ? Keys.NOTHING : remote.path().getBytes(StandardCharsets.UTF_8);
        int flags =
                inode.storage().code() | (a.hasXattrs() ? XATTRS_BIT : 0) | (inode.checksummed() ? CHECKSUMS_BIT : 0);
        Acl list = a.acl();
        byte[] acl = list == null ? Keys.NOTHING : list.toBytes();
        byte version = list != null ? WITH_ACL : inode.raiser().equals(Raiser.NOBODY) ? WITHOUT_RAISER : WITH_RAISER;
        ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + moreBytes(version) + acl.length + prefix.length);
        out.put(version).put(code(a.type())).put((byte) flags);
        out.putInt(a.mode()).putInt(a.links()).putInt(a.uid()).putInt(a.gid());
        out.putLong(a.device()).putLong(a.size()).putLong(a.allocated());
        put(out, a.accessed());
        put(out, a.modified());
        put(out, a.changed());
        put(out, a.created());
        out.putLong(a.version()).putLong(inode.parent()).putLong(inode.entries());
        if (version >= WITH_RAISER) {
            out.putLong(inode.raiser().client()).putLong(inode.raiser().after());
        }
        if (version >= WITH_ACL) {
            out.putShort((short) acl.length).put(acl);
        }
        return out.put(prefix).array();
    }

    private static int moreBytes(byte version) {
        return (version >= WITH_RAISER ? RAISER_BYTES : 0) + (version >= WITH_ACL ? Short.BYTES : 0);
    }

    /** The inode in a record; CORRUPT if it is none. */
    public static Inode decode(FileId file, byte[] record) throws FsException {
        ByteBuffer in = ByteBuffer.wrap(record);
        try {
            byte version = in.get();
            if (version < WITHOUT_RAISER || version > WITH_ACL) {
                throw new FsException("read", file + " (inode record of version " + version + ")", FsError.CORRUPT);
            }
            return decode(file, in, version);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new FsException("read", file + " (inode record of " + record.length + " bytes)", FsError.CORRUPT);
        }
    }

    private static Inode decode(FileId file, ByteBuffer in, byte version) {
        FileType type = type(in.get());
        int flags = in.get();
        int mode = in.getInt();
        int links = in.getInt();
        int uid = in.getInt();
        int gid = in.getInt();
        long device = in.getLong();
        long size = in.getLong();
        long allocated = in.getLong();
        FileTime accessed = time(in);
        FileTime modified = time(in);
        FileTime changed = time(in);
        FileTime created = time(in);
        long fileVersion = in.getLong();
        long parent = in.getLong();
        long entries = in.getLong();
        Raiser raiser = version >= WITH_RAISER ? new Raiser(in.getLong(), in.getLong()) : Raiser.NOBODY;
        Attributes attributes = new Attributes(
                file,
                type,
                mode,
                links,
                uid,
                gid,
                device,
                size,
                allocated,
                accessed,
                modified,
                changed,
                created,
                fileVersion,
                (flags & XATTRS_BIT) != 0,
                version >= WITH_ACL ? acl(in) : null,
                remote(in));
        Storage storage = switch (flags & STORAGE_MASK) {
            case 0 -> Storage.NONE;
            case 1 -> Storage.INLINE;
            case 2 -> Storage.FILE;
            default -> throw new IllegalArgumentException("flags " + flags);
        };
        return new Inode(attributes, parent, entries, storage, (flags & CHECKSUMS_BIT) != 0, raiser);
    }

    private static @Nullable Acl acl(ByteBuffer in) {
        byte[] acl = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(acl);
        return Acl.parse(acl);
    }

    private static @Nullable Prefix remote(ByteBuffer in) {
        if (!in.hasRemaining()) {
            return null;
        }
        byte[] prefix = new byte[in.remaining()];
        in.get(prefix);
        return new Prefix(new String(prefix, StandardCharsets.UTF_8));
    }

    private static void put(ByteBuffer out, FileTime time) {
        out.putLong(time.seconds()).putInt(time.nanos());
    }

    private static FileTime time(ByteBuffer in) {
        return new FileTime(in.getLong(), in.getInt());
    }

    /** The byte that stands for a type, here and in directory entries. */
    public static byte code(FileType type) {
        return switch (type) {
            case REGULAR -> 1;
            case DIRECTORY -> 2;
            case SYMLINK -> 3;
            case FIFO -> 4;
            case CHARACTER_DEVICE -> 5;
            case BLOCK_DEVICE -> 6;
            case SOCKET -> 7;
            case REMOTE_LINK -> 8;
        };
    }

    /** The type that a byte stands for. */
    public static FileType type(byte code) {
        return switch (code) {
            case 1 -> FileType.REGULAR;
            case 2 -> FileType.DIRECTORY;
            case 3 -> FileType.SYMLINK;
            case 4 -> FileType.FIFO;
            case 5 -> FileType.CHARACTER_DEVICE;
            case 6 -> FileType.BLOCK_DEVICE;
            case 7 -> FileType.SOCKET;
            case 8 -> FileType.REMOTE_LINK;
            default -> throw new IllegalArgumentException("file type " + code);
        };
    }
}
