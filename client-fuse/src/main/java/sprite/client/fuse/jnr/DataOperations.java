package sprite.client.fuse.jnr;

import static sprite.client.fuse.jnr.Operation.op;

import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;

/**
 * Open files and their data. Where there is a handle, libfuse gives no path (null). What is read and written is not
 * copied here. Thread-safe: what it shares is.
 */
final class DataOperations {
    // Flags of open(2), the same on x86-64 and aarch64 (asm-generic/fcntl.h).
    private static final int O_ACCESS_MODE = 03;
    private static final int O_WRONLY = 01;
    private static final int O_RDWR = 02;
    private static final int O_EXCL = 0200;
    private static final int O_TRUNC = 01000;
    private static final int O_APPEND = 02000;

    /** Set by the kernel when it opens a file for execve(2) (linux/fs.h). */
    private static final int FMODE_EXEC = 040;

    private static final int PERMISSIONS = 07777;

    /** How often a name may come to mean another file while it is being opened. */
    private static final int OPEN_TRIES_MAX = 20;

    private final FileSystem files;
    private final Tree tree;
    private final AttributeOperations attributes;
    private final OpenFiles open;

    DataOperations(FileSystem files, Tree tree, AttributeOperations attributes, OpenFiles open) {
        this.files = files;
        this.tree = tree;
        this.attributes = attributes;
        this.open = open;
    }

    private static OpenFlags openFlags(int flags) {
        int mode = flags & O_ACCESS_MODE;
        return new OpenFlags(
                mode != O_WRONLY && (flags & FMODE_EXEC) == 0,
                mode == O_WRONLY || mode == O_RDWR,
                (flags & FMODE_EXEC) != 0,
                (flags & O_APPEND) != 0,
                (flags & O_TRUNC) != 0,
                (flags & O_EXCL) != 0);
    }

    int open(long at, long info) {
        return op("open", at, (request, path) -> {
            OpenFlags flags = openFlags(Structures.FileInfo.flags(info));
            Structures.FileInfo.putHandle(info, open.add(open(path, flags, request), path));
            return 0;
        });
    }

    /**
     * A file that was replaced after it had been looked up is gone, but its name is not. By something that cannot be
     * opened, a symbolic link: then STALE has the kernel look the name up again.
     */
    private Handle open(String path, OpenFlags flags, Request request) throws FsException {
        for (int tries = 1; ; tries++) {
            FileId file = attributes.fileToOpen(path, request);
            try {
                return files.open(file, flags, request);
            } catch (FsException e) {
                if (e.error() == FsError.INVALID) {
                    throw new FsException("open", path, FsError.STALE);
                }
                if (e.error() != FsError.NOT_FOUND || tries == OPEN_TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    int create(long at, int mode, long info) {
        return op("create", at, (request, path) -> {
            OpenFlags flags = openFlags(Structures.FileInfo.flags(info));
            Tree.Place place = tree.place(path);
            Handle handle = files.create(place.directory(), place.name(), mode & PERMISSIONS, flags, request);
            Structures.FileInfo.putHandle(info, open.add(handle, path));
            return 0;
        });
    }

    int read(long path, long buffer, long size, long offset, long info) {
        return op(
                "read",
                request -> files.read(
                        open.get(Structures.FileInfo.handle(info)), offset, Native.bytes(buffer, size), request));
    }

    int write(long path, long buffer, long size, long offset, long info) {
        return op("write", request -> {
            Handle handle = open.get(Structures.FileInfo.handle(info));
            boolean append = (Structures.FileInfo.flags(info) & O_APPEND) != 0;
            if (!append) {
                requireRoom(offset, size);
            }
            files.write(handle, offset, Native.bytes(buffer, size), append, request);
            return (int) size;
        });
    }

    private static void requireRoom(long offset, long length) throws FsException {
        if (offset > Attributes.SIZE_MAX - length) {
            throw new FsException("write", length + " bytes at " + offset, FsError.FILE_TOO_BIG);
        }
    }

    int flush(long path, long info) {
        return op("flush", request -> {
            files.flush(open.get(Structures.FileInfo.handle(info)), Structures.FileInfo.lockOwner(info), request);
            return 0;
        });
    }

    int release(long path, long info) {
        return op("release", request -> {
            files.release(open.remove(Structures.FileInfo.handle(info)));
            return 0;
        });
    }

    int fsync(long path, int dataOnly, long info) {
        return op("fsync", request -> {
            files.fsync(open.get(Structures.FileInfo.handle(info)), dataOnly != 0, request);
            return 0;
        });
    }

    int fallocate(long path, int mode, long offset, long length, long info) {
        return op("fallocate", request -> {
            requireRoom(offset, length);
            files.allocate(open.get(Structures.FileInfo.handle(info)), mode, offset, length, request);
            return 0;
        });
    }
}
