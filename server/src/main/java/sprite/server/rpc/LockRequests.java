package sprite.server.rpc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.EmptyReply;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.TestLock;
import sprite.common.wire.proto.TestLockReply;
import sprite.server.lock.HeldLock;
import sprite.server.lock.LockKind;
import sprite.server.lock.LockOwner;
import sprite.server.lock.LockType;
import sprite.server.lock.Locks;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.session.Grace;
import sprite.server.session.Operation;
import sprite.server.session.Request;
import sprite.server.session.Session;

/** Requests about locks. Thread-safe: immutable. */
final class LockRequests {
    private final Locks locks;
    private final Exports exports;
    private final Grace grace;

    LockRequests(Locks locks, Exports exports, Grace grace) {
        this.locks = locks;
        this.exports = exports;
        this.grace = grace;
    }

    Operation lock(Request request, Lock wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        LockOwner owner = new LockOwner(request.client(), wanted.getOwner());
        LockType type = type(wanted.getType());
        LockKind kind = switch (wanted.getKind()) {
            case FLOCK -> LockKind.FLOCK;
            case POSIX -> LockKind.POSIX;
            case UNRECOGNIZED -> throw refused("kind of lock");
        };
        checkRange(wanted.getStart(), wanted.getEnd());
        if (wanted.getReclaim() && !grace.mayReclaim(request.client())) {
            // Somebody else may have had it since, and given it back: the client did not hold it all the time.
            throw new FsException("reclaim lock", file + "", FsError.STALE);
        }
        Export export = exports.of(file);
        return () -> {
            // Whoever buries the session waits for this hold, and then frees what was locked under it.
            var names = export.names().readLock();
            names.lock();
            try {
                if (request.session().isDead()) {
                    throw new FsException("lock", file + "", FsError.STALE);
                }
                if (type != LockType.UNLOCK) {
                    var _ = export.domain().attributes(file); // NOT_FOUND for one that is gone
                }
                var done = locks.lock(
                        owner, file, kind, type, wanted.getStart(), wanted.getEnd(), wanted.getWait(), wanted.getPid());
                answerWhenDone(request, done);
            } finally {
                names.unlock();
            }
            return null;
        };
    }

    private void answerWhenDone(Request request, CompletableFuture<@Nullable Void> done) {
        Session session = request.session();
        session.waits(request.seq(), done);
        var _ = done.whenComplete((_, failure) -> {
            var _ = session.waitsNoMore(request.seq());
            if (failure == null) {
                request.reply(ServerFrame.newBuilder().setEmpty(EmptyReply.getDefaultInstance()));
            } else {
                request.refuse(refusal(failure));
            }
        });
        if (session.wasCancelled(request.seq())) {
            cancel(session, request.seq());
        }
    }

    private static FsException refusal(Throwable failure) {
        Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
        return cause instanceof FsException refusal ? refusal : new FsException("lock", "" + cause, FsError.IO);
    }

    /** Gives up a lock request that waits. */
    @SuppressWarnings("unchecked") // only what lock() put there is found there
    void cancel(Session session, long seq) {
        session.cancelled(seq);
        CompletableFuture<?> waiting = session.waitsNoMore(seq);
        if (waiting != null) {
            boolean _ = locks.cancel((CompletableFuture<@Nullable Void>) waiting);
        }
    }

    Operation test(Request request, TestLock wanted) throws FsException {
        FileId file = Wire.fileId(wanted.getFile());
        LockOwner owner = new LockOwner(request.client(), wanted.getOwner());
        LockType type = type(wanted.getType());
        checkRange(wanted.getStart(), wanted.getEnd());
        return () -> {
            HeldLock held = locks.test(owner, file, type, wanted.getStart(), wanted.getEnd());
            request.reply(ServerFrame.newBuilder().setTestLock(reply(request, held)));
            return null;
        };
    }

    private static TestLockReply reply(Request request, @Nullable HeldLock held) {
        if (held == null) {
            return TestLockReply.getDefaultInstance();
        }
        boolean sameHost = held.owner().client().equals(request.client());
        return TestLockReply.newBuilder()
                .setType(
                        switch (held.type()) {
                            case UNLOCK -> sprite.common.wire.proto.LockType.UNLOCK;
                            case SHARED -> sprite.common.wire.proto.LockType.SHARED;
                            case EXCLUSIVE -> sprite.common.wire.proto.LockType.EXCLUSIVE;
                        })
                .setStart(held.start())
                .setEnd(held.end())
                .setPid(sameHost ? held.pid() : 0)
                .build();
    }

    private static LockType type(sprite.common.wire.proto.LockType type) throws FsException {
        return switch (type) {
            case UNLOCK -> LockType.UNLOCK;
            case SHARED -> LockType.SHARED;
            case EXCLUSIVE -> LockType.EXCLUSIVE;
            case UNRECOGNIZED -> throw refused("type of lock");
        };
    }

    private static void checkRange(long start, long end) throws FsException {
        if (start < 0 || end < start) {
            throw new FsException("lock", start + " to " + end, FsError.INVALID);
        }
    }

    private static FsException refused(String what) {
        return new FsException("lock", what, FsError.BAD_REQUEST);
    }
}
