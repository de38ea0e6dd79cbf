package sprite.client.fuse.kernel;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.box.Box;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Errno;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.FormerMount;

/** Finds out what a request asks for and has it carried out. Thread-safe: what it shares is. */
final class Operations {
    /** In place of the length of an answer: there is none. */
    static final int NO_REPLY = Integer.MIN_VALUE;

    private static final Logger log = LoggerFactory.getLogger(Operations.class);

    /** A program may go on and on with what is broken. */
    private static final long TOLD_NANOS_MIN = 1_000_000_000;

    private static final int EAGAIN = 11;
    private static final int ENOSYS = 38;

    private final LongPredicate interrupt;
    private final SecondLooks looks;
    private final Handles<Handle> open;
    private final AttributeOperations attributes;
    private final NameOperations names;
    private final DataOperations data;
    private final DirectoryOperations directories;
    private final LockOperations locks;
    private final XattrOperations xattrs;
    private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - TOLD_NANOS_MIN - 1);

    /**
     * @param box where it is kept what is open
     * @param interrupt interrupts the request of that number; false if nobody is carrying it out
     */
    Operations(FileSystem files, Nodes nodes, Borrowing borrowing, Notices notices, Box box, LongPredicate interrupt) {
        this.open = new Handles<>(box, Box.Word.LAST_HANDLE);
        this.interrupt = interrupt;
        this.looks = new SecondLooks(files);
        this.attributes = new AttributeOperations(files, nodes, open, borrowing, notices);
        this.names = new NameOperations(files, nodes, borrowing, notices, looks);
        this.data = new DataOperations(files, nodes, open, borrowing);
        this.directories = new DirectoryOperations(files, nodes, borrowing, notices.flights(), box);
        this.locks = new LockOperations(files, open);
        this.xattrs = new XattrOperations(files, nodes, borrowing, notices);
    }

    /** Lets go of what no program has open: nothing is carried out now, or will be. */
    void rest() {
        looks.endAll();
    }

    /** What is open, for who takes the mount over. */
    void leave(FormerMount.Builder left, ToLongFunction<Handle> numbers) {
        open.all()
                .forEach((number, handle) -> left.addHandles(
                        FormerMount.OpenNumber.newBuilder().setKernel(number).setHandle(numbers.applyAsLong(handle))));
        directories.leave(left);
    }

    /** What was open when the mount was left. */
    void inherit(FormerMount former, Mounted files) throws FsException {
        SortedMap<Long, Handle> handles = new TreeMap<>();
        for (FormerMount.OpenNumber number : former.getHandlesList()) {
            Handle handle = files.inherited(number.getHandle());
            files.numbered(handle, number.getKernel());
            handles.put(number.getKernel(), handle);
        }
        open.inherit(handles, former.getLastHandle());
        directories.inherit(former);
    }

    /**
     * Carries a request out: the driver's only broad catch. Returns the length of the payload that was put into
     * {@code reply}, a negative error number, or {@link #NO_REPLY}.
     */
    int carryOut(Request request, Reply reply) {
        try {
            return request.call().carryOut(() -> dispatch(request, reply));
        } catch (FsException e) {
            tell(request, e);
            FsError told = error(request, e.error());
            if (told == FsError.STALE) {
                looks.begin(request.pid());
            }
            return -Errno.of(told);
        } catch (RuntimeException | Error e) {
            log.error(
                    "request {} on node {}: a bug, reported to the kernel as EIO", request.opcode(), request.node(), e);
            return -Errno.of(FsError.IO);
        }
    }

    /** EIO means that something is lost or broken, and says nothing of what. */
    private void tell(Request request, FsException e) {
        long now = System.nanoTime();
        long before = toldNanos.get();
        if (Errno.of(e.error()) == Errno.of(FsError.IO)
                && now - before > TOLD_NANOS_MIN
                && toldNanos.compareAndSet(before, now)) {
            log.warn(
                    "a program gets EIO (request {} on node {}): {}", request.opcode(), request.node(), e.getMessage());
        } else {
            log.debug("request {} on node {}: {}", request.opcode(), request.node(), e.getMessage());
        }
    }

    /**
     * The kernel got a node by its name and now finds it gone: the name may mean another file since. On ESTALE, unlike
     * on ENOENT, the kernel looks the name up once more; what it finds then stays, see {@link SecondLooks}.
     */
    private static FsError error(Request request, FsError error) {
        return switch (request.opcode()) {
            case Opcode.OPEN,
                    Opcode.OPENDIR,
                    Opcode.GETATTR,
                    Opcode.STATX,
                    Opcode.SETATTR,
                    Opcode.ACCESS,
                    Opcode.GETXATTR,
                    Opcode.SETXATTR,
                    Opcode.LISTXATTR,
                    Opcode.REMOVEXATTR,
                    Opcode.READLINK -> error == FsError.NOT_FOUND ? FsError.STALE : error;
            default -> error;
        };
    }

    private int dispatch(Request request, Reply reply) throws FsException {
        return switch (request.opcode()) {
            case Opcode.LOOKUP -> names.lookup(request, reply);
            case Opcode.GETATTR -> attributes.getattr(request, reply);
            case Opcode.READ -> data.read(request, reply);
            case Opcode.WRITE -> data.write(request, reply);
            case Opcode.OPEN -> open(request, reply);
            case Opcode.CREATE -> data.create(request, reply);
            case Opcode.FLUSH -> data.flush(request);
            case Opcode.RELEASE -> data.release(request);
            case Opcode.FSYNC -> data.fsync(request);
            case Opcode.FALLOCATE -> data.fallocate(request);
            case Opcode.SETATTR -> attributes.setattr(request, reply);
            case Opcode.ACCESS -> attributes.access(request);
            case Opcode.STATFS -> attributes.statfs(request, reply);
            case Opcode.OPENDIR -> directories.opendir(request, reply);
            case Opcode.READDIR -> directories.readdir(request, reply);
            case Opcode.READDIRPLUS -> directories.readdirplus(request, reply);
            case Opcode.RELEASEDIR -> directories.releasedir(request);
            case Opcode.FSYNCDIR -> directories.fsyncdir(request);
            case Opcode.GETLK -> locks.test(request, reply);
            case Opcode.SETLK, Opcode.SETLKW -> locks.lock(request);
            case Opcode.FORGET, Opcode.BATCH_FORGET -> NO_REPLY; // nodes are not counted: see the package
            case Opcode.INTERRUPT -> interrupt(request);
            case Opcode.DESTROY -> 0;
            default -> dispatchRarer(request, reply);
        };
    }

    private int open(Request request, Reply reply) throws FsException {
        int length = data.open(request, reply);
        looks.end(request.pid());
        return length;
    }

    private int dispatchRarer(Request request, Reply reply) throws FsException {
        return switch (request.opcode()) {
            case Opcode.STATX -> attributes.statx(request, reply);
            case Opcode.TMPFILE -> data.createNameless(request, reply);
            case Opcode.COPY_FILE_RANGE -> data.copy(request, reply);
            case Opcode.LSEEK -> data.lseek(request, reply);
            case Opcode.READLINK -> names.readlink(request, reply);
            case Opcode.SYMLINK -> names.symlink(request, reply);
            case Opcode.MKNOD -> names.mknod(request, reply);
            case Opcode.MKDIR -> names.mkdir(request, reply);
            case Opcode.UNLINK -> names.unlink(request);
            case Opcode.RMDIR -> names.rmdir(request);
            case Opcode.RENAME -> names.rename(request);
            case Opcode.RENAME2 -> names.rename2(request);
            case Opcode.LINK -> names.link(request, reply);
            case Opcode.SETXATTR -> xattrs.setxattr(request);
            case Opcode.GETXATTR -> xattrs.getxattr(request, reply);
            case Opcode.LISTXATTR -> xattrs.listxattr(request, reply);
            case Opcode.REMOVEXATTR -> xattrs.removexattr(request);
            default -> -ENOSYS; // the kernel does without, or does it by other requests
        };
    }

    /**
     * An interrupt may be read by one worker before another has begun with the request that it is about. The kernel
     * then sends it again, if the request has not been answered.
     */
    private int interrupt(Request request) {
        return interrupt.test(request.longAt(In.Interrupt.UNIQUE)) ? NO_REPLY : -EAGAIN;
    }

    /** The kernel did not take an answer: the program is gone. */
    void undelivered(Request request, Reply reply) {
        switch (request.opcode()) {
            case Opcode.OPEN, Opcode.CREATE, Opcode.TMPFILE -> data.abandon(request, reply);
            case Opcode.READDIRPLUS -> directories.abandon(request);
            default -> {} // nothing is held
        }
    }
}
