package sprite.server.rpc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Commit;
import sprite.common.wire.proto.CommitReply;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.names.Names;
import sprite.server.open.Commits;
import sprite.server.session.Grace;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/** Makes an operation of each request, and runs it until it is answered. Thread-safe: immutable. */
final class Dispatcher {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    private final Names names;
    private final LockRequests locks;
    private final Reopening reopening;
    private final Commits commits;
    private final KeptReplies kept;
    private final Grace grace;
    private final Executor workers;

    Dispatcher(
            Names names,
            LockRequests locks,
            Reopening reopening,
            Commits commits,
            KeptReplies kept,
            Grace grace,
            Executor workers) {
        this.names = names;
        this.locks = locks;
        this.reopening = reopening;
        this.commits = commits;
        this.kept = kept;
        this.grace = grace;
        this.workers = workers;
    }

    /** Executes a request: at once if it need not wait, else on another thread. Never blocks for a client. */
    void start(Request request, ClientFrame frame) {
        // What a client had that was given up before the restart must not be in the way of what others still have.
        boolean reclaims = isOfRecovery(frame) && grace.mayReclaim(request.client());
        if (!grace.isOver() && !reclaims && !frame.getCommit().getRecalled()) {
            var _ = grace.over().thenRunAsync(() -> begin(request, frame), workers);
        } else if (takesTime(frame)) {
            workers.execute(() -> begin(request, frame));
        } else {
            begin(request, frame);
        }
    }

    /** Whether it tells what a client had before the server restarted. */
    private static boolean isOfRecovery(ClientFrame frame) {
        return frame.hasReopen() || (frame.hasLock() && frame.getLock().getReclaim());
    }

    /** Whether it waits for the disk, or keeps the thread for long. */
    private static boolean takesTime(ClientFrame frame) {
        return frame.hasCommit()
                || frame.hasReadDirectory()
                || frame.hasAllocate()
                || frame.hasCopyRange()
                || frame.hasSeek();
    }

    private void begin(Request request, ClientFrame frame) {
        attempt(request, () -> {
            if (request.session().isDead()) {
                return null; // its client asks again in its next session
            }
            ServerFrame.Builder answered = kept.of(request, frame);
            if (answered != null && !answered.hasOpen()) {
                request.reply(answered);
                return null;
            }
            if (answered == null && frame.getOnlyIfDone()) {
                throw new FsException("repeat", "request " + request.seq() + " (its lock is lost)", FsError.STALE);
            }
            Operation operation =
                    answered == null ? operation(request, frame) : openAgain(request, frame, answered.getOpen());
            CompletableFuture<?> wait = operation.attempt();
            if (wait != null) {
                resume(request, operation, wait);
            }
            return null;
        });
    }

    /** The file was made or emptied before the session was lost; the open went with the session. */
    private Operation openAgain(Request request, ClientFrame frame, OpenReply kept) throws FsException {
        if (kept.getCreated()) {
            return names.openCreated(request, frame.getCreate(), kept);
        }
        Create create = frame.getCreate();
        Open.Builder open = frame.hasOpen()
                ? frame.getOpen().toBuilder().clearTruncate()
                : Open.newBuilder()
                        .setFile(kept.getAttributes().getFile())
                        .setRead(create.getRead())
                        .setWrite(create.getWrite())
                        .setCredentials(create.getCredentials());
        return names.open(request, open.build());
    }

    private void resume(Request request, Operation operation, CompletableFuture<?> wait) {
        var _ = wait.whenCompleteAsync(
                (_, _) -> attempt(request, () -> {
                    CompletableFuture<?> next = operation.attempt();
                    if (next != null) {
                        resume(request, operation, next);
                    }
                    return null;
                }),
                workers);
    }

    /** The one place where what an operation throws becomes an answer. */
    private void attempt(Request request, Operation body) {
        try {
            CompletableFuture<?> _ = body.attempt();
        } catch (FsException e) {
            request.refuse(e);
        } catch (RuntimeException | java.lang.Error bug) {
            log.error("request {} of {}: a bug, answered as IO", request.seq(), request.session(), bug);
            request.refuse(new FsException("execute", "request " + request.seq(), FsError.IO));
        }
    }

    private Operation operation(Request request, ClientFrame frame) throws FsException {
        return switch (frame.getBodyCase()) {
            case LOOKUP -> names.lookup(request, frame.getLookup());
            case GET_ATTRIBUTES -> names.attributes(request, frame.getGetAttributes());
            case READ_DIRECTORY -> names.list(request, frame.getReadDirectory());
            case READ_LINK -> names.readLink(request, frame.getReadLink());
            case OPEN -> names.open(request, frame.getOpen());
            case CREATE -> names.create(request, frame.getCreate());
            case MAKE_NODE -> names.make(request, frame.getMakeNode());
            case REMOVE -> names.remove(request, frame.getRemove());
            case RENAME -> names.rename(request, frame.getRename());
            case LINK -> names.link(request, frame.getLink());
            case SET_ATTRIBUTES -> names.setAttributes(request, frame.getSetAttributes());
            case ALLOCATE -> names.allocate(request, frame.getAllocate());
            case COPY_RANGE -> names.copy(request, frame.getCopyRange());
            case SEEK -> names.seek(request, frame.getSeek());
            case COMMIT -> commit(request, frame.getCommit());
            case STAT_FS -> names.statFs(request, frame.getStatFs());
            case GET_XATTR -> names.xattr(request, frame.getGetXattr());
            case SET_XATTR -> names.setXattr(request, frame.getSetXattr());
            case LIST_XATTR -> names.xattrs(request, frame.getListXattr());
            case REMOVE_XATTR -> names.removeXattr(request, frame.getRemoveXattr());
            case LOCK -> locks.lock(request, frame.getLock());
            case TEST_LOCK -> locks.test(request, frame.getTestLock());
            case REOPEN -> reopening.reopen(request, frame.getReopen());
            case HELLO,
                    KEEP_ALIVE,
                    GOODBYE,
                    CALLBACK_ACK,
                    CALLBACK_DONE,
                    CLOSE,
                    WRITTEN_BACK,
                    RECOVERED,
                    CANCEL,
                    BODY_NOT_SET ->
                throw new FsException("execute", frame.getBodyCase() + " as a request", FsError.BAD_REQUEST);
        };
    }

    private Operation commit(Request request, Commit wanted) throws FsException {
        if (!wanted.hasFile()) {
            return () -> committed(request, commits::commit);
        }
        FileId file = Wire.fileId(wanted.getFile());
        return () -> committed(request, () -> commits.commit(file));
    }

    /** Waits for the disk. */
    private interface Committing {
        long commit() throws FsException;
    }

    private static @Nullable CompletableFuture<?> committed(Request request, Committing what) throws FsException {
        request.session().beginsCommit();
        long stamp;
        try {
            stamp = what.commit();
        } finally {
            request.session().endsCommit();
        }
        request.reply(
                ServerFrame.newBuilder().setCommit(CommitReply.newBuilder().setStamp(stamp)));
        return null;
    }
}
