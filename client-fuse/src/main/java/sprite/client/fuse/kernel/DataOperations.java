package sprite.client.fuse.kernel;

import java.lang.foreign.MemorySegment;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;

/**
 * Open files and their data. What is read and written is not copied here: it lies where the kernel put it or fetches
 * it. Thread-safe: what it shares is.
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

    /** All that is read and written comes here. */
    private static final int DIRECT = Out.Open.DIRECT_IO | Out.Open.PARALLEL_DIRECT_WRITES;

    private final FileSystem files;
    private final Nodes nodes;
    private final Handles<Handle> open;
    private final Borrowing borrowing;

    DataOperations(FileSystem files, Nodes nodes, Handles<Handle> open, Borrowing borrowing) {
        this.borrowing = borrowing;
        this.files = files;
        this.nodes = nodes;
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

    int open(Request request, Reply reply) throws FsException {
        Handle handle = files.open(nodes.file(request.node()), openFlags(request.intAt(In.Open.FLAGS)), request);
        return opened(reply, 0, handle, borrowing.pages(handle) ? Out.Open.KEEP_CACHE : DIRECT);
    }

    private int opened(Reply reply, long at, Handle handle, int flags) {
        long number = open.add(handle);
        files.numbered(handle, number);
        Out.Open.put(reply.payload(), at, number, flags);
        return (int) (at + Out.Open.BYTES);
    }

    int create(Request request, Reply reply) throws FsException {
        Handle handle = files.create(
                nodes.file(request.node()),
                request.nameAt(In.Create.BYTES),
                request.intAt(In.Create.MODE) & PERMISSIONS,
                openFlags(request.intAt(In.Create.FLAGS)),
                request);
        return created(request, reply, handle);
    }

    /** The kernel's request is that of a creation, with a name that means nothing. */
    int createNameless(Request request, Reply reply) throws FsException {
        Handle handle = files.createNameless(
                nodes.file(request.node()),
                request.intAt(In.Create.MODE) & PERMISSIONS,
                openFlags(request.intAt(In.Create.FLAGS)),
                request);
        return created(request, reply, handle);
    }

    private int created(Request request, Reply reply, Handle handle) throws FsException {
        try {
            boolean _ = borrowing.pages(handle);
            Attributes created = files.attributes(handle.file(), request);
            Out.Entry.put(reply.payload(), 0, nodes.node(handle.file()), created, 0);
            return opened(reply, Out.Entry.BYTES, handle, DIRECT);
        } catch (FsException e) {
            files.release(handle);
            throw e;
        }
    }

    /** The kernel did not take the answer to an open or create: nobody will ever release it. */
    void abandon(Request request, Reply reply) {
        long at = request.opcode() == Opcode.OPEN ? 0 : Out.Entry.BYTES;
        try {
            files.release(open.remove(Out.Open.handle(reply.payload(), at)));
        } catch (FsException e) {
            throw new IllegalStateException("a handle is gone that was just made", e);
        }
    }

    int read(Request request, Reply reply) throws FsException {
        Handle handle = open.get(request.longAt(In.Read.HANDLE));
        MemorySegment into = reply.payload(Integer.toUnsignedLong(request.intAt(In.Read.SIZE)));
        long offset = request.longAt(In.Read.OFFSET);
        // Private mappings fill pages too, however the file was opened.
        boolean forPages = borrowing.lendsPages() && (request.intAt(In.Read.FLAGS) & In.Read.FOR_PROGRAM) == 0;
        return forPages ? files.readForPages(handle, offset, into, request) : files.read(handle, offset, into, request);
    }

    int write(Request request, Reply reply) throws FsException {
        Handle handle = open.get(request.longAt(In.Write.HANDLE));
        int size = request.intAt(In.Write.SIZE);
        long offset = request.longAt(In.Write.OFFSET);
        if ((request.intAt(In.Write.HOW) & In.Write.OF_PAGES) != 0) {
            files.writePages(handle, offset, request.bytesAt(In.Write.BYTES, size), request);
            Out.Write.put(reply.payload(), 0, size);
            return (int) Out.Write.BYTES;
        }
        boolean append = (request.intAt(In.Write.FLAGS) & O_APPEND) != 0;
        if (!append) {
            requireRoom(offset, size);
        }
        files.write(handle, offset, request.bytesAt(In.Write.BYTES, size), append, request);
        Out.Write.put(reply.payload(), 0, size);
        return (int) Out.Write.BYTES;
    }

    private static void requireRoom(long offset, long length) throws FsException {
        if (offset > Attributes.SIZE_MAX - length) {
            throw new FsException("write", length + " bytes at " + offset, FsError.FILE_TOO_BIG);
        }
    }

    int flush(Request request) throws FsException {
        files.flush(open.get(request.longAt(In.Flush.HANDLE)), request.longAt(In.Flush.LOCK_OWNER), request);
        return 0;
    }

    int release(Request request) throws FsException {
        // Its place is free when it is released, and not before: the next life could not tell apart who has it.
        long number = request.longAt(In.Release.HANDLE);
        try {
            files.release(open.get(number));
        } finally {
            var _ = open.remove(number);
        }
        return 0;
    }

    int fsync(Request request) throws FsException {
        boolean dataOnly = (request.intAt(In.Fsync.FLAGS) & In.Fsync.DATA_ONLY) != 0;
        files.fsync(open.get(request.longAt(In.Fsync.HANDLE)), dataOnly, request);
        return 0;
    }

    int fallocate(Request request) throws FsException {
        long offset = request.longAt(In.Fallocate.OFFSET);
        long length = request.longAt(In.Fallocate.LENGTH);
        requireRoom(offset, length);
        Handle handle = open.get(request.longAt(In.Fallocate.HANDLE));
        files.allocate(handle, request.intAt(In.Fallocate.MODE), offset, length, request);
        return 0;
    }

    int lseek(Request request, Reply reply) throws FsException {
        int whence = request.intAt(In.Lseek.WHENCE);
        if (whence != In.Lseek.DATA && whence != In.Lseek.HOLE) {
            throw new FsException("seek", "whence " + whence, FsError.INVALID);
        }
        Handle handle = open.get(request.longAt(In.Lseek.HANDLE));
        long found = files.seek(handle, request.longAt(In.Lseek.OFFSET), whence == In.Lseek.HOLE, request);
        Out.Lseek.put(reply.payload(), 0, found);
        return (int) Out.Lseek.BYTES;
    }

    int copy(Request request, Reply reply) throws FsException {
        long length = Math.min(request.longAt(In.CopyRange.LENGTH), Integer.MAX_VALUE);
        long fromOffset = request.longAt(In.CopyRange.FROM_OFFSET);
        long toOffset = request.longAt(In.CopyRange.TO_OFFSET);
        if (request.longAt(In.CopyRange.FLAGS) != 0 || length <= 0 || fromOffset < 0 || toOffset < 0) {
            throw new FsException("copy", length + " bytes", FsError.INVALID);
        }
        Handle from = open.get(request.longAt(In.CopyRange.FROM_HANDLE));
        Handle to = open.get(request.longAt(In.CopyRange.TO_HANDLE));
        Out.Write.put(reply.payload(), 0, (int) files.copy(from, fromOffset, to, toOffset, length, request));
        return (int) Out.Write.BYTES;
    }
}
