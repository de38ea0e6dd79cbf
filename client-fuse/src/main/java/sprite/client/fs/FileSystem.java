package sprite.client.fs;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.wire.StatFs;

/**
 * The global name space and its files, as one mount sees them. Files are named by {@link FileId}; remote links are
 * followed here, so a driver never meets one: it is given the root directory of the domain behind.
 *
 * <p>All calls may block for as long as the mount's policy allows, and end with INTERRUPTED if their caller is. They
 * are thread-safe. Besides the errors named below, TIMED_OUT (server away, soft mount), STALE and IO can come from any.
 */
public interface FileSystem {
    /** The root directory of the name space. */
    FileId root() throws FsException;

    /** The entry of that name. NOT_FOUND, NOT_DIRECTORY, ACCESS_DENIED (no search permission). */
    Attributes lookup(FileId directory, FileName name, Caller caller) throws FsException;

    /** Which file has that name, without its attributes: for walking down a path. As {@link #lookup}. */
    default FileId find(FileId directory, FileName name, Caller caller) throws FsException {
        return lookup(directory, name, caller).file();
    }

    /** Size, times and the rest, exactly as of now. NOT_FOUND if the file is gone for good. */
    Attributes attributes(FileId file, Caller caller) throws FsException;

    /** chmod, chown, truncate, utimens; through {@code handle} if there is one. */
    Attributes setAttributes(FileId file, AttributeChange change, @Nullable Handle handle, Caller caller)
            throws FsException;

    /** The attributes if they are known without asking anybody, and may be lent; else null. */
    default @Nullable Attributes attributesIfHeld(FileId file) throws FsException {
        return null;
    }

    /** Checks access as access(2) does: a sum of {@code Access.READ}, {@code WRITE}, {@code EXECUTE}. ACCESS_DENIED. */
    void access(FileId file, int wanted, Caller caller) throws FsException;

    /** All entries except "." and "..", in the order of their names. ACCESS_DENIED without read permission. */
    List<Listing> list(FileId directory, Caller caller) throws FsException;

    /** The target of a symbolic link, its bytes. */
    byte[] readLink(FileId file, Caller caller) throws FsException;

    /** mkdir, mknod. EXISTS, NAME_TOO_LONG, NO_SPACE. */
    Attributes make(FileId directory, FileName name, FileType type, int mode, long device, Caller caller)
            throws FsException;

    /** A symbolic link. */
    Attributes symlink(FileId directory, FileName name, byte[] target, Caller caller) throws FsException;

    /** A hard link. CROSS_DOMAIN between prefixes. */
    Attributes link(FileId file, FileId directory, FileName name, Caller caller) throws FsException;

    /** unlink(2). Whoever has the file open goes on using it. */
    void unlink(FileId directory, FileName name, Caller caller) throws FsException;

    /** rmdir(2). */
    void removeDirectory(FileId directory, FileName name, Caller caller) throws FsException;

    /** rename(2), renameat2(2). CROSS_DOMAIN between prefixes. */
    void rename(
            FileId fromDirectory,
            FileName fromName,
            FileId toDirectory,
            FileName toName,
            boolean noReplace,
            boolean exchange,
            Caller caller)
            throws FsException;

    /** Opens a regular file. */
    Handle open(FileId file, OpenFlags flags, Caller caller) throws FsException;

    /** Creates a regular file and opens it, or opens the one that is there (EXISTS with {@code exclusive}). */
    Handle create(FileId directory, FileName name, int mode, OpenFlags flags, Caller caller) throws FsException;

    /**
     * O_TMPFILE: creates a regular file without a name, as if in {@code directory}, and opens it. {@link #link} may
     * give it one; else it is gone with its last close. NOT_SUPPORTED.
     */
    default Handle createNameless(FileId directory, int mode, OpenFlags flags, Caller caller) throws FsException {
        throw new FsException("create", "a file without a name", FsError.NOT_SUPPORTED);
    }

    /** Reads into {@code into}; returns the bytes read, less than there is room for only at the end of the file. */
    int read(Handle handle, long offset, MemorySegment into, Caller caller) throws FsException;

    /** As {@link #read}, for pages that the borrower keeps: see {@link #lendPages}. */
    default int readForPages(Handle handle, long offset, MemorySegment into, Caller caller) throws FsException {
        return read(handle, offset, into, caller);
    }

    /** Writes all of {@code data}; at the end of the file, whatever {@code offset} says, if {@code append}. */
    void write(Handle handle, long offset, MemorySegment data, boolean append, Caller caller) throws FsException;

    /**
     * The borrower brings back pages into which programs stored, through this handle or another one of the file. Does
     * not make the file longer. Answered at once while the borrower is being told to forget pages of the file.
     */
    default void writePages(Handle handle, long offset, MemorySegment data, Caller caller) throws FsException {
        write(handle, offset, data, false, caller);
    }

    /**
     * A descriptor of the handle is being closed; others may remain. Reports what went wrong with delayed writes, and
     * writes back first when the domain is nearly full. Releases the POSIX locks of {@code lockOwner} on the file.
     */
    void flush(Handle handle, long lockOwner, Caller caller) throws FsException;

    /** The last descriptor is closed. Never fails; releases the flock. */
    void release(Handle handle);

    /** Returns when all that was written to the file is on the server's disk. */
    void fsync(Handle handle, boolean dataOnly, Caller caller) throws FsException;

    /** Returns when the names in a directory are on the server's disk. */
    void fsyncDirectory(FileId directory, Caller caller) throws FsException;

    /** fallocate(2). */
    void allocate(Handle handle, int mode, long offset, long length, Caller caller) throws FsException;

    /**
     * copy_file_range(2): returns how many bytes were copied, fewer than asked for where it suits the file system, and
     * 0 at the end of {@code from}. CROSS_DOMAIN where the data has to be read and written instead.
     */
    long copy(Handle from, long fromOffset, Handle to, long toOffset, long length, Caller caller) throws FsException;

    /**
     * lseek(2) with SEEK_HOLE or SEEK_DATA: the first offset at or after this one that lies in a hole (the end of the
     * file is one), or in data. PAST_END.
     */
    long seek(Handle handle, long offset, boolean hole, Caller caller) throws FsException;

    /** How full the domain of a file is. */
    StatFs statFs(FileId file) throws FsException;

    /** NO_ATTRIBUTE if there is none of that name. */
    byte[] xattr(FileId file, String name, Caller caller) throws FsException;

    void setXattr(FileId file, String name, byte[] value, boolean createOnly, boolean replaceOnly, Caller caller)
            throws FsException;

    List<String> xattrs(FileId file, Caller caller) throws FsException;

    void removeXattr(FileId file, String name, Caller caller) throws FsException;

    /** Takes or releases a lock. WOULD_BLOCK, DEADLOCK, INTERRUPTED. */
    void lock(Handle handle, LockRequest request, Caller caller) throws FsException;

    /** From now on things are lent to {@code borrower}. Called once, before anything else is. */
    default void lendTo(Borrower borrower) {}

    /**
     * Lends what {@link #attributes} has just told: for how many nanoseconds from now it may be remembered, unless the
     * borrower hears otherwise before. 0 if not at all, as for what is not granted to this host.
     */
    default long lendAttributes(Attributes told) throws FsException {
        return 0;
    }

    /** Lends, likewise, that a name leads to {@code entry}, or that there is no such name if that is null. */
    default long lendName(FileId directory, FileName name, @Nullable FileId entry) throws FsException {
        return 0;
    }

    /** In place of a number of {@link #cuts}. */
    long NO_PAGES = -1;

    /**
     * How often this host has made the file shorter, or otherwise than by writing longer; {@link #NO_PAGES} if the
     * borrower has no pages of it, or while it is done.
     */
    default long cuts(FileId file) {
        return NO_PAGES;
    }

    /**
     * Whether programs may read through the handle, which was just opened, from pages that the borrower keeps, as well
     * those that it has as what it gets by {@link #readForPages}. It hears when it must forget some. To be asked after
     * every open: programs may store into pages ({@link #writePages}) once a handle for writing is theirs.
     */
    default boolean lendPages(Handle handle) {
        return false;
    }

    /** The lock that stands in the way of {@code request}, or null. */
    @Nullable
    LockRequest testLock(Handle handle, LockRequest request, Caller caller) throws FsException;

    /** The kernel is about to be told a number for what was opened. */
    default void numbered(Handle handle, long kernel) {}
}
