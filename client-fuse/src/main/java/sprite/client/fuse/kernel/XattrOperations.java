package sprite.client.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import sprite.client.fs.FileSystem;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;

/** Extended attributes. Names hold one character per byte, like file names. Thread-safe: what it shares is. */
final class XattrOperations {
    private final FileSystem files;
    private final Nodes nodes;
    private final Borrowing borrowing;
    private final Notices notices;

    XattrOperations(FileSystem files, Nodes nodes, Borrowing borrowing, Notices notices) {
        this.files = files;
        this.nodes = nodes;
        this.borrowing = borrowing;
        this.notices = notices;
    }

    int setxattr(Request request) throws FsException {
        int flags = request.intAt(In.Setxattr.FLAGS);
        String name = request.textAt(In.Setxattr.BYTES);
        long value = In.Setxattr.BYTES + name.length() + 1;
        files.setXattr(
                nodes.file(request.node()),
                name,
                request.bytesAt(value, request.intAt(In.Setxattr.SIZE)).toArray(JAVA_BYTE),
                (flags & In.Setxattr.CREATE) != 0,
                (flags & In.Setxattr.REPLACE) != 0,
                request);
        return 0;
    }

    int getxattr(Request request, Reply reply) throws FsException {
        String name = request.textAt(In.Getxattr.BYTES);
        FileId file = nodes.file(request.node());
        return answer(
                request,
                reply,
                borrowing.keepsAcls() && Acl.isName(name)
                        ? acl(file, name, request)
                        : files.xattr(file, name, request));
    }

    /**
     * The kernel keeps a list, or that there is none, until it is told to forget the file's attributes. If it is told
     * so while it waits for the list it does not keep it (get_acl() in linux/fs/posix_acl.c), which is where lists end
     * that are not lent with the attributes.
     */
    private byte[] acl(FileId file, String name, Request request) throws FsException {
        if (name.equals(Acl.DEFAULT_NAME)) {
            try {
                return files.xattr(file, name, request);
            } finally {
                var _ = notices.forgetAttributes(file);
            }
        }
        Attributes found = files.attributes(file, request);
        if (borrowing.attributes(found) == 0) {
            var _ = notices.forgetAttributes(file);
        }
        if (found.acl() == null) {
            throw new FsException("getxattr", file + " " + name, FsError.NO_ATTRIBUTE);
        }
        return found.aclBytes();
    }

    int listxattr(Request request, Reply reply) throws FsException {
        var names = new ByteArrayOutputStream();
        for (String name : files.xattrs(nodes.file(request.node()), request)) {
            names.writeBytes(name.getBytes(StandardCharsets.ISO_8859_1));
            names.write(0);
        }
        return answer(request, reply, names.toByteArray());
    }

    /** Who offers no room asks how much is needed. */
    private static int answer(Request request, Reply reply, byte[] value) throws FsException {
        int room = request.intAt(In.Getxattr.SIZE);
        if (room == 0) {
            Out.Getxattr.put(reply.payload(), 0, value.length);
            return (int) Out.Getxattr.BYTES;
        }
        if (value.length > room) {
            throw new FsException("answer", value.length + " bytes", FsError.TOO_SMALL);
        }
        MemorySegment.copy(value, 0, reply.payload(), JAVA_BYTE, 0, value.length);
        return value.length;
    }

    int removexattr(Request request) throws FsException {
        files.removeXattr(nodes.file(request.node()), request.textAt(0), request);
        return 0;
    }
}
