package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static sprite.client.fuse.jnr.Native.MEMORY;
import static sprite.client.fuse.jnr.Operation.op;

import org.jspecify.annotations.Nullable;
import sprite.client.fs.AttributeChange;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;

/** What stat, chmod, chown, truncate, utimens, access and statfs ask for. Thread-safe: what it shares is. */
final class AttributeOperations {
    private static final int PERMISSIONS = 07777;
    private static final long UTIME_NOW = 0x3fffffff;
    private static final long UTIME_OMIT = 0x3ffffffe;

    /** An id that chown leaves as it is. */
    private static final int SAME = -1;

    private static final long TIMESPEC_SIZE = 2 * Long.BYTES;

    private final FileSystem files;
    private final Tree tree;
    private final OpenFiles open;
    private final HiddenFiles hidden;

    AttributeOperations(FileSystem files, Tree tree, OpenFiles open, HiddenFiles hidden) {
        this.files = files;
        this.tree = tree;
        this.open = open;
        this.hidden = hidden;
    }

    int getattr(long at, long stat) {
        return op("getattr", at, (request, path) -> {
            if (request.opcode() == Request.LOOKUP) {
                Attributes found = tree.attributes(path, request);
                Structures.Stat.put(stat, found, found.links());
                return 0;
            }
            FileId hiddenFile = hidden.at(path, request);
            if (hiddenFile != null) {
                putHidden(stat, files.attributes(hiddenFile, request), request);
                return 0;
            }
            Attributes found = attributes(path, request);
            Structures.Stat.put(stat, found, found.links());
            return 0;
        });
    }

    /** Libfuse takes one link off a file that it believes to have under a made-up name; it gets that one on top. */
    private static void putHidden(long stat, Attributes found, Request request) {
        int added = request.opcode() == Request.GETATTR && found.links() > 0 ? 1 : 0;
        Structures.Stat.put(stat, found, found.links() + added);
    }

    /**
     * Attributes of what a path names now; or, if another file is open under it, of that one when the process asks by
     * its descriptor.
     */
    private Attributes attributes(String path, Request request) throws FsException {
        Attributes found;
        try {
            found = tree.attributes(path, Request.TRUSTED);
        } catch (FsException e) {
            FileId displaced = e.error() == FsError.NOT_FOUND ? displaced(path, null, request) : null;
            if (displaced == null) {
                throw e;
            }
            return files.attributes(displaced, request);
        }
        FileId displaced = displaced(path, found.file(), request);
        return displaced == null ? found : files.attributes(displaced, request);
    }

    private @Nullable FileId displaced(String path, @Nullable FileId now, Request request) {
        FileId displaced = open.displaced(path, now);
        return displaced != null && Descriptors.isCallOnDescriptor(request.pid()) ? displaced : null;
    }

    /** The file that a request other than a lookup means by a path. */
    FileId file(String path, Request request) throws FsException {
        FileId hiddenFile = hidden.at(path, request);
        if (hiddenFile != null) {
            return hiddenFile;
        }
        return path.length() == 1 ? files.root() : attributes(path, request).file();
    }

    /** The file that open(2) means by a path. STALE if it has no name any more: the kernel looks the name up again. */
    FileId fileToOpen(String path, Request request) throws FsException {
        FileId hiddenFile = hidden.toOpen(path, request);
        if (hiddenFile == null) {
            return file(path, request);
        }
        try {
            return files.attributes(hiddenFile, request).file();
        } catch (FsException e) {
            throw e.error() == FsError.NOT_FOUND ? new FsException("open", path, FsError.STALE) : e;
        }
    }

    int fgetattr(long path, long stat, long info) {
        return op("fgetattr", request -> {
            Attributes found =
                    files.attributes(open.get(Structures.FileInfo.handle(info)).file(), request);
            Structures.Stat.put(stat, found, found.links());
            return 0;
        });
    }

    int chmod(long at, int mode) {
        return op("chmod", at, (request, path) -> {
            var change = new AttributeChange(mode & PERMISSIONS, null, null, null, null, false, null, false);
            return set(file(path, request), change, null, request);
        });
    }

    int chown(long at, int uid, int gid) {
        return op("chown", at, (request, path) -> {
            var change = new AttributeChange(
                    null, uid == SAME ? null : uid, gid == SAME ? null : gid, null, null, false, null, false);
            return set(file(path, request), change, null, request);
        });
    }

    int truncate(long at, long size) {
        return op("truncate", at, (request, path) -> set(file(path, request), sized(size), null, request));
    }

    int ftruncate(long path, long size, long info) {
        return op("ftruncate", request -> {
            Handle handle = open.get(Structures.FileInfo.handle(info));
            return set(handle.file(), sized(size), handle, request);
        });
    }

    private static AttributeChange sized(long size) throws FsException {
        if (size < 0 || size > Attributes.SIZE_MAX) {
            throw new FsException("truncate", "to " + size, FsError.FILE_TOO_BIG);
        }
        return new AttributeChange(null, null, null, size, null, false, null, false);
    }

    int utimens(long at, long times) {
        return op("utimens", at, (request, path) -> {
            long modified = times + TIMESPEC_SIZE;
            var change = new AttributeChange(
                    null, null, null, null, time(times), isNow(times), time(modified), isNow(modified));
            return set(file(path, request), change, null, request);
        });
    }

    private static boolean isNow(long timespec) {
        return MEMORY.get(JAVA_LONG, timespec + Long.BYTES) == UTIME_NOW;
    }

    private static @Nullable FileTime time(long timespec) {
        long nanos = MEMORY.get(JAVA_LONG, timespec + Long.BYTES);
        return nanos == UTIME_NOW || nanos == UTIME_OMIT
                ? null
                : new FileTime(MEMORY.get(JAVA_LONG, timespec), (int) nanos);
    }

    private int set(FileId file, AttributeChange change, @Nullable Handle handle, Caller caller) throws FsException {
        var _ = files.setAttributes(file, change, handle, caller);
        return 0;
    }

    int access(long at, int wanted) {
        return op("access", at, (request, path) -> {
            files.access(file(path, request), wanted, request);
            return 0;
        });
    }

    int statfs(long at, long stat) {
        return op("statfs", at, (request, path) -> {
            Structures.FileSystemStat.put(stat, files.statFs(file(path, request)));
            return 0;
        });
    }
}
