package sprite.client.session;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.SessionStamp;

/**
 * One read or write of data, repeated when the connection broke under it or the session changed. Thread-safe: fields
 * are final.
 */
final class DataCall<T> {
    private static final long PAUSE_MILLIS = 20;

    private final SessionStream session;
    private final String operation;
    private final Function<SessionStamp, CompletableFuture<T>> attempt;
    private final Kind kind;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    /** When it may be made. */
    enum Kind {
        /** While a session is fully there; repeated in the next one. */
        ANY,
        /** Also while a session recovers, whose end may wait for it; repeated in the next one. */
        OF_RECOVERY,
        /** Also while a session recovers; STALE when that is lost. */
        OF_ONE_SESSION
    }

    /** A call not made yet. */
    DataCall(SessionStream session, String operation, Kind kind, Function<SessionStamp, CompletableFuture<T>> attempt) {
        this.session = session;
        this.operation = operation;
        this.kind = kind;
        this.attempt = attempt;
    }

    /** Tries until there is an answer or the link's patience ends. */
    CompletableFuture<T> start() {
        tryOnce(null);
        return answer;
    }

    private void tryOnce(@Nullable SessionStamp before) {
        SessionStamp stamp;
        try {
            stamp = session.awaitStamp(operation, kind != Kind.ANY);
            if (kind == Kind.OF_ONE_SESSION && before != null && !before.equals(stamp)) {
                throw new FsException(operation, "begun in an older session", FsError.STALE);
            }
        } catch (FsException e) {
            answer.completeExceptionally(e);
            return;
        }
        var _ = attempt.apply(stamp).whenComplete((value, failure) -> {
            if (failure == null) {
                session.silence.end();
                answer.complete(value);
            } else if (unwrap(failure) instanceof FsException refusal && mayRepeat(refusal)) {
                // Waiting for the server to come back must not happen on the network's thread.
                Thread.ofVirtual().name("repeat " + operation).start(() -> again(stamp, refusal));
            } else {
                answer.completeExceptionally(unwrap(failure));
            }
        });
    }

    private static boolean mayRepeat(FsException refusal) {
        return refusal.error() == FsError.TIMED_OUT || refusal.error() == FsError.STALE;
    }

    private void again(SessionStamp stamp, FsException refusal) {
        if (refusal.error() == FsError.STALE && isAlive(stamp)) {
            answer.completeExceptionally(refusal);
            return;
        }
        boolean _ = session.isOpenAfter(PAUSE_MILLIS);
        tryOnce(stamp);
    }

    /**
     * Whether the server still knows the session: a server that has started again may be reached on the data's
     * connection before the end of the stream's is noticed, and refuses what it cannot know.
     */
    private boolean isAlive(SessionStamp stamp) {
        long asked = System.nanoTime();
        session.send(
                ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(asked)));
        while (session.isCurrent(stamp) && !session.isAway()) {
            if (session.lease.isRenewedSince(asked)) {
                return session.isCurrent(stamp);
            }
            boolean _ = session.isOpenAfter(PAUSE_MILLIS);
        }
        return false;
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof java.util.concurrent.CompletionException && cause != null ? cause : failure;
    }
}
