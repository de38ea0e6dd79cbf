package sprite.server.domain;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;
import sprite.common.file.Acl;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;

/** A change of a domain, complete in itself and deterministic. Immutable. */
public sealed interface Command {
    /** When the server decided it. */
    FileTime at();

    /**
     * A new entry in {@code directory}: any type of file. Refused EXISTS, NOT_FOUND (the directory is gone),
     * NOT_DIRECTORY, NO_SPACE, TOO_MANY_LINKS.
     *
     * @param mode permission, set-id and sticky bits
     * @param device of device nodes
     * @param target of a symbolic link, its bytes; else null
     * @param remote of a remote link, the prefix; else null
     * @param acl as in {@link sprite.common.file.Attributes}
     * @param defaults of a directory, the list from which its entries get theirs, or null
     */
    record Make(
            FileTime at,
            FileId directory,
            FileName name,
            FileType type,
            int mode,
            int uid,
            int gid,
            long device,
            @Nullable ByteString target,
            @Nullable Prefix remote,
            @Nullable Acl acl,
            @Nullable Acl defaults)
            implements Command {
        /** An entry that is guarded by its mode only. */
        public Make(
                FileTime at,
                FileId directory,
                FileName name,
                FileType type,
                int mode,
                int uid,
                int gid,
                long device,
                @Nullable ByteString target,
                @Nullable Prefix remote) {
            this(at, directory, name, type, mode, uid, gid, device, target, remote, null, null);
        }
    }

    /**
     * A regular file without a name, made with the rights that it would have in {@code directory}. It stays until
     * {@link DeleteOrphan}, and {@link Link} may give it names. Refused NOT_FOUND (the directory is gone), NO_SPACE.
     */
    record MakeNameless(
            FileTime at,
            FileId directory,
            int mode,
            int uid,
            int gid,
            @Nullable Acl acl) implements Command {}

    /**
     * Takes an entry away. The file itself goes with its last link, unless {@code keepOrphan}: then it stays, without a
     * name, until {@link DeleteOrphan}. Refused NOT_FOUND, and with {@code wantDirectory} NOT_DIRECTORY and NOT_EMPTY,
     * without it IS_DIRECTORY.
     */
    record Remove(FileTime at, FileId directory, FileName name, boolean wantDirectory, boolean keepOrphan)
            implements Command {}

    /**
     * Moves an entry, replacing what is at the new name; both names of one file: nothing happens. Refused NOT_FOUND,
     * EXISTS ({@code noReplace}), NOT_DIRECTORY, IS_DIRECTORY, NOT_EMPTY, INVALID (a directory into itself).
     */
    record Rename(
            FileTime at,
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean noReplace,
            boolean exchange,
            boolean keepOrphan)
            implements Command {}

    /**
     * Another name for a file that is no directory, or a first one for what {@link MakeNameless} made. Refused EXISTS,
     * NOT_PERMITTED (a directory), NOT_FOUND (its last name was taken away), TOO_MANY_LINKS.
     */
    record Link(FileTime at, FileId file, FileId directory, FileName name) implements Command {}

    /**
     * Sets what is not null. A new size truncates or extends with zeros and is an ordered operation of its own.
     *
     * @param changed the new change time, or null to leave it
     */
    record SetAttributes(
            FileTime at,
            FileId file,
            @Nullable Integer mode,
            @Nullable Integer uid,
            @Nullable Integer gid,
            @Nullable Long size,
            @Nullable FileTime accessed,
            @Nullable FileTime modified,
            @Nullable FileTime changed)
            implements Command {}

    /**
     * Raises the file's version to {@code version}, if it is lower, and says with it whose doing that is.
     *
     * @param raiser found again by {@link Domain#raiser}
     */
    record RaiseVersion(FileTime at, FileId file, long version, Raiser raiser) implements Command {
        /** Raises a version for nobody in particular. */
        public RaiseVersion(FileTime at, FileId file, long version) {
            this(at, file, version, Raiser.NOBODY);
        }
    }

    /**
     * fallocate(2) with the mode bits KEEP_SIZE 1, PUNCH_HOLE 2, ZERO_RANGE 16. Refused NOT_SUPPORTED for others,
     * NO_SPACE, FILE_TOO_BIG.
     */
    record Allocate(FileTime at, FileId file, int mode, long offset, long length) implements Command {}

    /** Frees a file without names that {@link Remove} or {@link Rename} kept. Nothing happens if it has names. */
    record DeleteOrphan(FileTime at, FileId file) implements Command {}

    /** Refused EXISTS ({@code createOnly}), NO_ATTRIBUTE ({@code replaceOnly}), TOO_LARGE, NO_SPACE. */
    record SetXattr(FileTime at, FileId file, String name, ByteString value, boolean createOnly, boolean replaceOnly)
            implements Command {}

    /**
     * Sets who may access a file: the mode, and the list if it says more than that.
     *
     * @param acl as in {@link sprite.common.file.Attributes}
     */
    record SetAcl(
            FileTime at, FileId file, int mode, @Nullable Acl acl) implements Command {}

    /** Refused NO_ATTRIBUTE. */
    record RemoveXattr(FileTime at, FileId file, String name) implements Command {}
}
