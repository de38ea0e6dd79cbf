package sprite.common.file;

import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;

/**
 * Everything that {@code stat} tells of a file, and its version. Immutable.
 *
 * @param mode permission, set-id and sticky bits (07777); no type bits
 * @param device of a device node, as in {@code st_rdev}; else 0
 * @param size bytes; for a symbolic link the length of its target
 * @param allocated bytes of storage in use
 * @param version Sprite's file version: rises by one at every open for writing
 * @param hasXattrs whether it has any that are not shown from elsewhere, as {@code acl} is
 * @param acl who may access it, if that is more than {@code mode} can say; the permission bits are then its owner's,
 *     its mask and the others'
 * @param remote of a remote link the prefix it stands for, else null
 */
public record Attributes(
        FileId file,
        FileType type,
        int mode,
        int links,
        int uid,
        int gid,
        long device,
        long size,
        long allocated,
        FileTime accessed,
        FileTime modified,
        FileTime changed,
        FileTime created,
        long version,
        boolean hasXattrs,
        @Nullable Acl acl,
        @Nullable Prefix remote) {

    /**
     * Largest size of a file, in bytes: 16 TiB less a block of 64 KiB, which is what a store on ext4 can hold. A client
     * refuses what lies beyond it at once, and not only when it writes back.
     */
    public static final long SIZE_MAX = (1L << 44) - 65_536;

    /** {@code st_mode}: type and mode bits. */
    public int statMode() {
        return type.modeBits() | mode;
    }

    public boolean isDirectory() {
        return type == FileType.DIRECTORY;
    }

    public boolean isRegular() {
        return type == FileType.REGULAR;
    }

    /** What the attribute {@link Acl#ACCESS_NAME} shows: IllegalStateException if there is no list. */
    public byte[] aclBytes() {
        if (acl == null) {
            throw new IllegalStateException(file + " has no access control list");
        }
        return acl.withMode(mode).toBytes();
    }

    /** The same file with another size. */
    public Attributes withSize(long newSize) {
        return new Attributes(
                file, type, mode, links, uid, gid, device, newSize, allocated, accessed, modified, changed, created,
                version, hasXattrs, acl, remote);
    }

    /** The same file, read at another time. */
    public Attributes withAccessed(FileTime newAccessed) {
        return new Attributes(
                file,
                type,
                mode,
                links,
                uid,
                gid,
                device,
                size,
                allocated,
                newAccessed,
                modified,
                changed,
                created,
                version,
                hasXattrs,
                acl,
                remote);
    }

    /** The same file with another size and modification, which is a change, if not the latest. */
    public Attributes withData(long newSize, FileTime newModified) {
        return new Attributes(
                file,
                type,
                mode,
                links,
                uid,
                gid,
                device,
                newSize,
                allocated,
                accessed,
                newModified,
                FileTime.later(changed, newModified),
                created,
                version,
                hasXattrs,
                acl,
                remote);
    }
}
