package sprite.client.fuse.kernel;

import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.LockRequest;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/** Advisory locks: fcntl(2) ranges and flock(2). Thread-safe: what it shares is. */
final class LockOperations {
    // Of fcntl(2), the same on x86-64 and aarch64.
    private static final int F_RDLCK = 0;
    private static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;

    private final FileSystem files;
    private final Handles<Handle> open;

    LockOperations(FileSystem files, Handles<Handle> open) {
        this.files = files;
        this.open = open;
    }

    /** SETLK, and SETLKW, which waits. */
    int lock(Request request) throws FsException {
        files.lock(open.get(request.longAt(In.Lock.HANDLE)), wanted(request), request);
        return 0;
    }

    /** GETLK. */
    int test(Request request, Reply reply) throws FsException {
        LockRequest held = files.testLock(open.get(request.longAt(In.Lock.HANDLE)), wanted(request), request);
        if (held == null) {
            Out.Lock.put(reply.payload(), 0, 0, 0, F_UNLCK, 0);
        } else {
            int type = held.type() == LockType.EXCLUSIVE ? F_WRLCK : F_RDLCK;
            Out.Lock.put(reply.payload(), 0, held.start(), held.end(), type, held.pid());
        }
        return (int) Out.Lock.BYTES;
    }

    private static LockRequest wanted(Request request) throws FsException {
        boolean isFlock = (request.intAt(In.Lock.FLAGS) & In.Lock.FLOCK) != 0;
        return new LockRequest(
                isFlock ? LockKind.FLOCK : LockKind.POSIX,
                type(request.intAt(In.Lock.TYPE)),
                request.longAt(In.Lock.OWNER),
                isFlock ? 0 : request.longAt(In.Lock.START),
                isFlock ? Long.MAX_VALUE : request.longAt(In.Lock.END),
                request.opcode() == Opcode.SETLKW,
                isFlock ? request.pid() : request.intAt(In.Lock.PID));
    }

    private static LockType type(int type) throws FsException {
        return switch (type) {
            case F_RDLCK -> LockType.SHARED;
            case F_WRLCK -> LockType.EXCLUSIVE;
            case F_UNLCK -> LockType.UNLOCK;
            default -> throw new FsException("lock", "type " + type, FsError.INVALID);
        };
    }
}
