package sprite.client.space;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
    private static final Logger log = LoggerFactory.getLogger(Locking.class);

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
        if (request.type() == LockType.UNLOCK) {
            awaitLeaving(link, file, owner);
            held.locks().done(file, request, number(handle)); // the server may give it away before its answer is here
            ask(link, handle, request, caller);
            return;
        }
        held.locks().wanted(file, request, number(handle));
        try {
            awaitLeaving(link, file, owner); // or an unlock that nobody waited for could take this lock away
            ask(link, handle, request, caller);
        } finally {
            held.locks().answered(file, owner);
        }
    }

    private void awaitLeaving(ServerLink link, FileId file, HeldLocks.Owner owner) throws FsException {
        Leaver leaver = new Leaver(file, owner);
        for (var before = leaving.get(leaver); before != null; before = leaving.get(leaver)) {
            boolean _ = link.await("lock", before);
        }
    }

    private void ask(ServerLink link, Handle handle, LockRequest request, Caller caller) throws FsException {
        FileId file = handle.file();
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
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        HeldLocks.Unlocks unlocks = held.locks().forget(file, process, leaver -> leaves(file, leaver, over));
        if (!unlocks.requests().isEmpty()) {
            var _ = over.whenComplete((_, _) -> unlocks.done().run());
            boolean _ = unlock(file, unlocks.requests(), over).await("unlock", over);
        }
    }

    /**
     * The last descriptor of an open file is closed: its flock goes, and the POSIX locks that belong to the open file
     * (F_OFD_SETLK), of whose end the kernel does not tell. Without waiting; nobody would hear of a failure.
     */
    void release(Handle handle) {
        FileId file = handle.file();
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        HeldLocks.Unlocks unlocks = held.locks().released(file, number(handle), leaver -> leaves(file, leaver, over));
        if (!unlocks.requests().isEmpty()) {
            var _ = over.whenComplete((_, _) -> unlocks.done().run());
            try {
                var _ = unlock(file, unlocks.requests(), over);
            } catch (FsException e) {
                log.debug(
                        "unlock {}: {}",
                        file,
                        e.error()); // the server does not know this mount any more, nor its locks
            }
        }
    }

    /** Until {@code over}, the owner's requests for locks wait. */
    private void leaves(FileId file, HeldLocks.Owner owner, CompletableFuture<Boolean> over) {
        Leaver leaver = new Leaver(file, owner);
        CompletableFuture<Boolean> now = over.exceptionally(_ -> false);
        CompletableFuture<Boolean> all =
                leaving.merge(leaver, now, (before, next) -> before.thenCombine(next, (_, _) -> true));
        var _ = all.whenComplete((_, _) -> leaving.remove(leaver, all));
    }

    /** The server hears of it even if the program that closes is ending. Completes {@code over} in any case. */
    private ServerLink unlock(FileId file, List<LockRequest> requests, CompletableFuture<Boolean> over)
            throws FsException {
        ServerLink link;
        try {
            link = held.linkOf(file);
        } catch (FsException e) {
            boolean _ = over.completeExceptionally(e);
            throw e;
        }
        Thread.ofVirtual().name("unlock " + file).start(() -> {
            List<CompletableFuture<ServerFrame>> answers = new ArrayList<>();
            for (LockRequest request : requests) {
                ClientFrame.Builder frame = ClientFrame.newBuilder().setLock(toWire(file, request));
                answers.add(link.callAsync(frame, ServerLink.Installer.NONE));
            }
            var _ = CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                    .whenComplete((_, failure) -> {
                        boolean _ = failure == null ? over.complete(true) : over.completeExceptionally(failure);
                    });
        });
        return link;
    }

    /**
     * Of an open file, never used again: the kernel's owner of a flock is an address, which the next open(2) may have
     * while the last release is on its way here. So the handle is the owner.
     */
    private static long number(Handle handle) {
        return ((OpenFile) handle).number();
    }
}
