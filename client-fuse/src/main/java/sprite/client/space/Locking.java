package sprite.client.space;

import java.util.concurrent.CompletableFuture;
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
    void releasePosix(Handle handle, long owner) throws FsException {
        if (held.locks().forget(handle.file(), new HeldLocks.Owner(LockKind.POSIX, owner))) {
            unlock(handle.file(), everything(LockKind.POSIX, owner));
        }
    }

    /** The server hears of it even if the program that closes is ending, and waits for nothing. */
    private void unlock(FileId file, LockRequest request) throws FsException {
        held.locks().done(file, request);
        ServerLink link = held.linkOf(file);
        ClientFrame.Builder frame = ClientFrame.newBuilder().setLock(toWire(file, request));
        CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
        Thread.ofVirtual().name("unlock " + file).start(() -> {
            var _ = link.callAsync(frame, _ -> held.locks().done(file, request)).whenComplete((reply, failure) -> {
                boolean _ = failure == null ? answer.complete(reply) : answer.completeExceptionally(failure);
            });
        });
        ServerFrame _ = link.await("unlock", answer);
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
            ServerLink link = held.linkOf(handle.file());
            ClientFrame.Builder frame = ClientFrame.newBuilder().setLock(unlock);
            Thread.ofVirtual().name("unlock " + handle.file()).start(() -> {
                var _ = link.callAsync(frame, ServerLink.Installer.NONE);
            });
        } catch (FsException e) {
            // The server does not know this mount any more, nor its locks.
        }
    }

    private static LockRequest everything(LockKind kind, long owner) {
        return new LockRequest(kind, LockType.UNLOCK, owner, 0, Long.MAX_VALUE, false, 0);
    }
}
