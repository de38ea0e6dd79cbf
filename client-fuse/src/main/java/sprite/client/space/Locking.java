package sprite.client.space;

import org.jspecify.annotations.Nullable;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;
import sprite.client.fs.LockRequest;
import sprite.client.session.ServerLink;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.TestLock;
import sprite.common.wire.proto.TestLockReply;

/** Advisory locks. They live at the server; what is held is remembered in {@link HeldLocks}. Immutable. */
final class Locking {
    private final Holdings held;

    Locking(Holdings held) {
        this.held = held;
    }

    void lock(FileId file, LockRequest request, Caller caller) throws FsException {
        if (request.type() != LockType.UNLOCK) {
            held.locks().wanted(file, HeldLocks.Owner.of(request));
        } else {
            held.locks().done(file, request); // the server may give it to another before its answer is here
        }
        ServerFrame _ = held.linkOf(file)
                .call(
                        ClientFrame.newBuilder().setLock(toWire(file, request)),
                        _ -> held.locks().done(file, request),
                        caller::isInterrupted);
    }

    static Lock.Builder toWire(FileId file, LockRequest request) {
        return Lock.newBuilder()
                .setFile(Wire.toWire(file))
                .setKind(request.kind())
                .setType(request.type())
                .setOwner(request.owner())
                .setStart(request.start())
                .setEnd(request.end())
                .setWait(request.blocking())
                .setPid(request.pid());
    }

    @Nullable
    LockRequest test(FileId file, LockRequest request, Caller caller) throws FsException {
        TestLock.Builder test = TestLock.newBuilder()
                .setFile(Wire.toWire(file))
                .setType(request.type())
                .setOwner(request.owner())
                .setStart(request.start())
                .setEnd(request.end());
        TestLockReply reply = held.linkOf(file)
                .call(ClientFrame.newBuilder().setTestLock(test), ServerLink.Installer.NONE, caller::isInterrupted)
                .getTestLock();
        return reply.getType() == LockType.UNLOCK
                ? null
                : new LockRequest(
                        LockKind.POSIX, reply.getType(), 0, reply.getStart(), reply.getEnd(), false, reply.getPid());
    }

    /** A process closed a descriptor: its POSIX locks on the file go, as POSIX wants it. */
    void releasePosix(Handle handle, long owner, Caller caller) throws FsException {
        if (held.locks().forget(handle.file(), new HeldLocks.Owner(LockKind.POSIX, owner))) {
            lock(handle.file(), everything(LockKind.POSIX, owner), caller);
        }
    }

    /**
     * The last descriptor of an open file is closed: its flock goes. Without waiting; nobody would hear of a failure.
     */
    void releaseFlock(Handle handle, long owner) {
        if (!held.locks().forget(handle.file(), new HeldLocks.Owner(LockKind.FLOCK, owner))) {
            return;
        }
        try {
            Lock.Builder unlock = Lock.newBuilder()
                    .setFile(Wire.toWire(handle.file()))
                    .setKind(LockKind.FLOCK)
                    .setType(LockType.UNLOCK)
                    .setOwner(owner)
                    .setEnd(Long.MAX_VALUE);
            var _ = held.linkOf(handle.file())
                    .callAsync(ClientFrame.newBuilder().setLock(unlock), ServerLink.Installer.NONE);
        } catch (FsException e) {
            // The server does not know this mount any more, nor its locks.
        }
    }

    private static LockRequest everything(LockKind kind, long owner) {
        return new LockRequest(kind, LockType.UNLOCK, owner, 0, Long.MAX_VALUE, false, 0);
    }
}
