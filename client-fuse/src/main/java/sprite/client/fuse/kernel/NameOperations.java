package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import sprite.client.fs.FileSystem;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** Finding, making, removing and renaming names. Thread-safe: what it shares is. */
final class NameOperations {
    private static final int PERMISSIONS = 07777;

    private final FileSystem files;
    private final Nodes nodes;
    private final Borrowing borrowing;
    private final Notices notices;
    private final SecondLooks looks;

    NameOperations(FileSystem files, Nodes nodes, Borrowing borrowing, Notices notices, SecondLooks looks) {
        this.looks = looks;
        this.files = files;
        this.nodes = nodes;
        this.borrowing = borrowing;
        this.notices = notices;
    }

    int lookup(Request request, Reply reply) throws FsException {
        FileId directory = nodes.file(request.node());
        FileName name = request.nameAt(0);
        try {
            Attributes found = looks.lookup(directory, name, request);
            return entry(reply, found, borrowing.name(directory, name, found.file()));
        } catch (FsException e) {
            long validNanos = e.error() == FsError.NOT_FOUND ? borrowing.name(directory, name, null) : 0;
            if (validNanos == 0) {
                throw e;
            }
            Out.Entry.putAbsent(reply.payload(), 0, validNanos);
            return (int) Out.Entry.BYTES;
        }
    }

    /** What was made by this very request is looked up again when it is used. */
    private int entry(Reply reply, Attributes made) {
        return entry(reply, made, 0);
    }

    private int entry(Reply reply, Attributes found, long validNanos) {
        Out.Entry.put(reply.payload(), 0, nodes.node(found.file()), found, validNanos);
        return (int) Out.Entry.BYTES;
    }

    int readlink(Request request, Reply reply) throws FsException {
        byte[] target = files.readLink(nodes.file(request.node()), request);
        MemorySegment.copy(target, 0, reply.payload(), JAVA_BYTE, 0, target.length);
        return target.length;
    }

    int mknod(Request request, Reply reply) throws FsException {
        int mode = request.intAt(In.Mknod.MODE);
        long device = Integer.toUnsignedLong(request.intAt(In.Mknod.DEVICE));
        return make(request, reply, In.Mknod.BYTES, FileType.ofMode(mode), mode, device);
    }

    int mkdir(Request request, Reply reply) throws FsException {
        return make(request, reply, In.Mkdir.BYTES, FileType.DIRECTORY, request.intAt(In.Mkdir.MODE), 0);
    }

    private int make(Request request, Reply reply, long name, FileType type, int mode, long device) throws FsException {
        Attributes made =
                files.make(nodes.file(request.node()), request.nameAt(name), type, mode & PERMISSIONS, device, request);
        return entry(reply, made);
    }

    int symlink(Request request, Reply reply) throws FsException {
        String name = request.textAt(0);
        byte[] target = request.bytesAt(name.length() + 1L);
        return entry(reply, files.symlink(nodes.file(request.node()), request.nameAt(0), target, request));
    }

    int link(Request request, Reply reply) throws FsException {
        Attributes linked = files.link(
                nodes.file(request.longAt(In.Link.NODE)),
                nodes.file(request.node()),
                request.nameAt(In.Link.BYTES),
                request);
        return entry(reply, linked);
    }

    int unlink(Request request) throws FsException {
        files.unlink(nodes.file(request.node()), request.nameAt(0), request);
        return 0;
    }

    int rmdir(Request request) throws FsException {
        files.removeDirectory(nodes.file(request.node()), request.nameAt(0), request);
        return 0;
    }

    int rename(Request request) throws FsException {
        return rename(request, In.Rename.BYTES, 0);
    }

    int rename2(Request request) throws FsException {
        return rename(request, In.Rename.BYTES_2, request.intAt(In.Rename.FLAGS));
    }

    private int rename(Request request, long names, int flags) throws FsException {
        if ((flags & ~(In.Rename.NO_REPLACE | In.Rename.EXCHANGE)) != 0) {
            throw new FsException("rename", "flags " + flags, FsError.INVALID);
        }
        String from = request.textAt(names);
        long toDirectory = request.longAt(In.Rename.TO_DIRECTORY);
        files.rename(
                nodes.file(request.node()),
                request.nameAt(names),
                nodes.file(toDirectory),
                request.nameAt(names + from.length() + 1),
                (flags & In.Rename.NO_REPLACE) != 0,
                (flags & In.Rename.EXCHANGE) != 0,
                request);
        if (borrowing.lendsNames() && request.node() != toDirectory) {
            notices.forgetAllNames(); // the kernel moves its entry, with its time, to where nothing may be granted
        }
        return 0;
    }
}
