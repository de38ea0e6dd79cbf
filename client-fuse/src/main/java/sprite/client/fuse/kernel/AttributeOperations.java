package sprite.client.fuse.kernel;

import sprite.client.fs.AttributeChange;
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

    private final FileSystem files;
    private final Nodes nodes;
    private final Handles<Handle> open;
    private final Borrowing borrowing;
    private final Notices notices;

    AttributeOperations(FileSystem files, Nodes nodes, Handles<Handle> open, Borrowing borrowing, Notices notices) {
        this.notices = notices;
        this.files = files;
        this.nodes = nodes;
        this.open = open;
        this.borrowing = borrowing;
    }

    int getattr(Request request, Reply reply) throws FsException {
        Attributes found = attributes(request);
        Out.AttrReply.put(reply.payload(), 0, found, borrowing.attributes(found));
        return (int) Out.AttrReply.BYTES;
    }

    /** For the kernel, which ends reads from its pages, and mappings, at the size that it knows. */
    private Attributes attributes(Request request) throws FsException {
        FileId file = nodes.file(request.node());
        long before = borrowing.lendsPages() ? files.cuts(file) : FileSystem.NO_PAGES;
        Attributes found = files.attributes(file, request);
        if (before != FileSystem.NO_PAGES && before == files.cuts(file)) {
            notices.makeLonger(file, found.size());
            if (before != files.cuts(file)) { // made shorter meanwhile: the kernel has to ask for the size once more
                var _ = notices.forgetAttributes(file);
            }
        }
        return found;
    }

    /** What getattr tells and the time of birth, whatever the kernel asks for; it passes on what a program wants. */
    int statx(Request request, Reply reply) throws FsException {
        Attributes found = attributes(request);
        Out.StatxReply.put(reply.payload(), 0, found, borrowing.attributes(found));
        return (int) Out.StatxReply.BYTES;
    }

    int setattr(Request request, Reply reply) throws FsException {
        int valid = request.intAt(In.Setattr.VALID);
        FileId file = nodes.file(request.node());
        AttributeChange change = change(request, valid);
        Handle handle = has(valid, In.Setattr.HAS_HANDLE) ? open.get(request.longAt(In.Setattr.HANDLE)) : null;
        Attributes now = files.setAttributes(file, change, handle, request);
        Out.AttrReply.put(reply.payload(), 0, now, 0);
        return (int) Out.AttrReply.BYTES;
    }

    private static AttributeChange change(Request request, int valid) throws FsException {
        boolean accessedNow = has(valid, In.Setattr.ACCESSED_NOW);
        boolean modifiedNow = has(valid, In.Setattr.MODIFIED_NOW);
        return new AttributeChange(
                has(valid, In.Setattr.HAS_MODE) ? request.intAt(In.Setattr.MODE) & PERMISSIONS : null,
                has(valid, In.Setattr.HAS_UID) ? request.intAt(In.Setattr.UID) : null,
                has(valid, In.Setattr.HAS_GID) ? request.intAt(In.Setattr.GID) : null,
                has(valid, In.Setattr.HAS_SIZE) ? size(request.longAt(In.Setattr.SIZE)) : null,
                has(valid, In.Setattr.HAS_ACCESSED) && !accessedNow
                        ? time(request, In.Setattr.ACCESSED, In.Setattr.ACCESSED_NANOS)
                        : null,
                accessedNow,
                has(valid, In.Setattr.HAS_MODIFIED) && !modifiedNow
                        ? time(request, In.Setattr.MODIFIED, In.Setattr.MODIFIED_NANOS)
                        : null,
                modifiedNow);
    }

    private static boolean has(int valid, int bit) {
        return (valid & bit) != 0;
    }

    private static long size(long size) throws FsException {
        if (size < 0 || size > Attributes.SIZE_MAX) {
            throw new FsException("truncate", "to " + size, FsError.FILE_TOO_BIG);
        }
        return size;
    }

    private static FileTime time(Request request, long seconds, long nanos) {
        return new FileTime(request.longAt(seconds), request.intAt(nanos));
    }

    int access(Request request) throws FsException {
        files.access(nodes.file(request.node()), request.intAt(In.Access.MASK), request);
        return 0;
    }

    int statfs(Request request, Reply reply) throws FsException {
        Out.Statfs.put(reply.payload(), 0, files.statFs(nodes.file(request.node())));
        return (int) Out.Statfs.BYTES;
    }
}
