package sprite.client.fuse.jnr;

import static sprite.client.fuse.jnr.Operation.op;

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
    private static final int F_GETLK = 5;
    private static final int F_SETLKW = 7;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    // Of flock(2).
    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;

    private final FileSystem files;
    private final OpenFiles open;

    LockOperations(FileSystem files, OpenFiles open) {
        this.files = files;
        this.open = open;
    }

    int lock(long path, long info, int command, long flock) {
        return op("lock", request -> {
            if (request.opcode() == Request.FLUSH || request.opcode() == Request.RELEASE) {
                return 0; // libfuse unlocks at every close(2); FileSystem.flush has done so
            }
            Handle handle = open.get(Structures.FileInfo.handle(info));
            var wanted = new LockRequest(
                    LockKind.POSIX,
                    type(Structures.Flock.type(flock)),
                    Structures.FileInfo.lockOwner(info),
                    Structures.Flock.start(flock),
                    Structures.Flock.end(flock),
                    command == F_SETLKW,
                    Structures.Flock.pid(flock));
            if (command == F_GETLK) {
                test(handle, wanted, flock, request);
            } else {
                files.lock(handle, wanted, request);
            }
            return 0;
        });
    }

    private void test(Handle handle, LockRequest wanted, long flock, Request request) throws FsException {
        LockRequest held = files.testLock(handle, wanted, request);
        if (held == null) {
            Structures.Flock.putType(flock, F_UNLCK);
        } else {
            int type = held.type() == LockType.EXCLUSIVE ? F_WRLCK : F_RDLCK;
            Structures.Flock.put(flock, type, held.start(), held.end(), held.pid());
        }
    }

    private static LockType type(short type) throws FsException {
        return switch (type) {
            case F_RDLCK -> LockType.SHARED;
            case F_WRLCK -> LockType.EXCLUSIVE;
            case F_UNLCK -> LockType.UNLOCK;
            default -> throw new FsException("lock", "type " + type, FsError.INVALID);
        };
    }

    int flock(long path, long info, int operation) {
        return op("flock", request -> {
            LockType type = switch (operation & ~LOCK_NB) {
                case LOCK_SH -> LockType.SHARED;
                case LOCK_EX -> LockType.EXCLUSIVE;
                case LOCK_UN -> LockType.UNLOCK;
                default -> throw new FsException("flock", "operation " + operation, FsError.INVALID);
            };
            var wanted = new LockRequest(
                    LockKind.FLOCK,
                    type,
                    Structures.FileInfo.lockOwner(info),
                    0,
                    Long.MAX_VALUE,
                    (operation & LOCK_NB) == 0,
                    request.pid());
            files.lock(open.get(Structures.FileInfo.handle(info)), wanted, request);
            return 0;
        });
    }
}
