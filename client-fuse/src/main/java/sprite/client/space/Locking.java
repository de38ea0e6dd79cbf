package sprite.client.space;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

/**
 * Advisory locks. They live at the server; here is only remembered who may hold one, so that the many closes of files
 * without locks cost no message. Thread-safe: a concurrent map of concurrent sets.
 */
final class Locking {
    private final Holdings held;
    private final Map<FileId, Set<Owner>> mayHold = new ConcurrentHashMap<>();

    private record Owner(LockKind kind, long owner) {}

    Locking(Holdings held) {
        this.held = held;
    }

    void lock(FileId file, LockRequest request, Caller caller) throws FsException {
        if (request.type() != LockType.UNLOCK) {
            Owner owner = new Owner(request.kind(), request.owner());
            mayHold.compute(file, (_, owners) -> with(owners, owner));
        }
        Lock.Builder lock = Lock.newBuilder()
                .setFile(Wire.toWire(file))
                .setKind(request.kind())
                .setType(request.type())
                .setOwner(request.owner())
                .setStart(request.start())
                .setEnd(request.end())
                .setWait(request.blocking())
                .setPid(request.pid());
        ServerFrame _ = held.linkOf(file)
                .call(ClientFrame.newBuilder().setLock(lock), ServerLink.Installer.NONE, caller::isInterrupted);
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
        if (forget(handle.file(), new Owner(LockKind.POSIX, owner))) {
            lock(handle.file(), everything(LockKind.POSIX, owner), caller);
        }
    }

    /**
     * The last descriptor of an open file is closed: its flock goes. Without waiting; nobody would hear of a failure.
     */
    void releaseFlock(Handle handle, long owner) {
        if (!forget(handle.file(), new Owner(LockKind.FLOCK, owner))) {
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

    /** In one step with the map's own, so that no owner is noted in a set that another thread just threw away. */
    private static Set<Owner> with(@Nullable Set<Owner> owners, Owner owner) {
        Set<Owner> more = owners == null ? ConcurrentHashMap.newKeySet() : owners;
        more.add(owner);
        return more;
    }

    private boolean forget(FileId file, Owner owner) {
        boolean[] held = new boolean[1];
        mayHold.computeIfPresent(file, (_, owners) -> {
            held[0] = owners.remove(owner);
            return owners.isEmpty() ? null : owners;
        });
        return held[0];
    }

    private static LockRequest everything(LockKind kind, long owner) {
        return new LockRequest(kind, LockType.UNLOCK, owner, 0, Long.MAX_VALUE, false, 0);
    }
}
