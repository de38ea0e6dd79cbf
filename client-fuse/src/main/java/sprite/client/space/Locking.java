package sprite.client.space;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.client.file.OpenFile;
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

/** Advisory locks. They live at the server; what is held is remembered in {@link HeldLocks}. Thread-safe. */
final class Locking {
    private final Holdings held;

    /** Who is giving everything up, until the server has answered. */
    private final Map<Leaver, CompletableFuture<Boolean>> leaving = new ConcurrentHashMap<>();

    private record Leaver(FileId file, HeldLocks.Owner owner) {}

    Locking(Holdings held) {
        this.held = held;
    }

    void lock(Handle handle, LockRequest asked, Caller caller) throws FsException {
        FileId file = handle.file();
        LockRequest request = asked.kind() == LockKind.FLOCK ? asked.ownedBy(number(handle)) : asked;
        HeldLocks.Owner owner = HeldLocks.Owner.of(request);
        ServerLink link = held.linkOf(file);
        CompletableFuture<Boolean> before = leaving.get(new Leaver(file, owner));
        if (before != null) { // or the unlock of a close that nobody waited for could take this lock away
            boolean _ = link.await("lock", before);
        }
        if (request.type() != LockType.UNLOCK) {
            held.locks().wanted(file, request, number(handle));
        } else {
            held.locks()
                    .done(file, request, number(handle)); // the server may give it to another before its answer is here
        }
        ServerFrame _ = link.call(
                ClientFrame.newBuilder().setLock(toWire(file, request)),
                _ -> held.locks().done(file, request, number(handle)),
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
        FileId file = handle.file();
        HeldLocks.Owner process = new HeldLocks.Owner(LockKind.POSIX, owner);
        if (held.locks().forget(file, process)) {
            ServerLink link = held.linkOf(file);
            ServerFrame _ = link.await("unlock", unlock(link, file, HeldLocks.unlock(process, 0, Long.MAX_VALUE)));
        }
    }

    /**
     * The last descriptor of an open file is closed: its flock goes, and the POSIX locks that belong to the open file
     * (F_OFD_SETLK), of whose end the kernel does not tell. Without waiting; nobody would hear of a failure.
     */
    void release(Handle handle) {
        FileId file = handle.file();
        for (LockRequest unlock : held.locks().released(file, number(handle))) {
            try {
                var _ = unlock(held.linkOf(file), file, unlock);
            } catch (FsException e) {
                return; // the server does not know this mount any more, nor its locks
            }
        }
    }

    /** The server hears of it even if the program that closes is ending. */
    private CompletableFuture<ServerFrame> unlock(ServerLink link, FileId file, LockRequest request) {
        CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
        CompletableFuture<Boolean> over = answer.handle((_, _) -> true);
        Leaver leaver = new Leaver(file, HeldLocks.Owner.of(request));
        CompletableFuture<Boolean> all =
                leaving.merge(leaver, over, (before, now) -> before.thenCombine(now, (_, _) -> true));
        ClientFrame.Builder frame = ClientFrame.newBuilder().setLock(toWire(file, request));
        Thread.ofVirtual().name("unlock " + file).start(() -> {
            var _ = link.callAsync(frame, ServerLink.Installer.NONE).whenComplete((reply, failure) -> {
                boolean _ = failure == null ? answer.complete(reply) : answer.completeExceptionally(failure);
            });
        });
        var _ = all.whenComplete((_, _) -> leaving.remove(leaver, all));
        return answer;
    }

    /**
     * Of an open file, never used again: the kernel's owner of a flock is an address, which the next open(2) may have
     * while the last release is on its way here. So the handle is the owner.
     */
    private static long number(Handle handle) {
        return ((OpenFile) handle).number();
    }
}
