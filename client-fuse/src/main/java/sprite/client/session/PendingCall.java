package sprite.client.session;

import java.util.concurrent.CompletableFuture;
import sprite.common.error.FsException;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.ClientFrameOrBuilder;
import sprite.common.wire.proto.ServerFrame;

/**
 * A request that has not been answered, with what is needed to send it again after a reconnection. Thread-safe: the
 * fields are final, and {@code sentNanos} is written before the frame is handed over.
 */
final class PendingCall {
    private final ClientFrame frame;
    private final ServerLink.Installer installer;

    /** Whether the life before asked it first. */
    private final boolean again;

    private final CompletableFuture<ServerFrame> reply = new CompletableFuture<>();
    private volatile long sentNanos;

    PendingCall(ClientFrame frame, ServerLink.Installer installer) {
        this(frame, installer, false);
    }

    private PendingCall(ClientFrame frame, ServerLink.Installer installer, boolean again) {
        this.frame = frame;
        this.installer = installer;
        this.again = again;
    }

    /** One that was asked first in the client's life before, which perhaps had the answer. */
    static PendingCall again(ClientFrame frame, ServerLink.Installer installer) {
        return new PendingCall(frame, installer, true);
    }

    /** What is to be said now. */
    ClientFrame frame() {
        return installer.isVoid() ? frame.toBuilder().setOnlyIfDone(true).build() : frame;
    }

    CompletableFuture<ServerFrame> reply() {
        return reply;
    }

    long sentNanos() {
        return sentNanos;
    }

    void sending(long nowNanos) {
        sentNanos = nowNanos;
    }

    /** Takes the reply in on the stream's thread, then wakes the caller. */
    void answer(ServerFrame said) {
        if (said.hasError()) {
            fail(new FsException(
                    operation(),
                    said.getError().getDetail(),
                    RpcErrors.named(said.getError().getCode())));
            return;
        }
        try {
            ServerFrame answer = again ? Grantless.of(said) : said;
            installer.install(answer);
            reply.complete(answer);
        } catch (RuntimeException | Error bug) {
            // The caller meets it; the stream, and with it everybody else, goes on.
            reply.completeExceptionally(bug);
        }
    }

    void fail(FsException refusal) {
        reply.completeExceptionally(refusal);
    }

    /** The request's name on the wire, for people. */
    String operation() {
        return name(frame);
    }

    /** As {@link #operation}. */
    static String name(ClientFrameOrBuilder request) {
        return request.getBodyCase().name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * Whether it tells the server what was open or locked in a session that was lost, or obeys for the sake of who
     * does: it does not wait for the rest.
     */
    boolean isOfRecovery() {
        return isOfRecovery(frame);
    }

    /** As {@link #isOfRecovery()}. */
    static boolean isOfRecovery(ClientFrameOrBuilder request) {
        return request.hasReopen()
                || (request.hasLock() && request.getLock().getReclaim())
                || (request.hasCommit() && request.getCommit().getRecalled());
    }

    /** Whether doing it twice, for one call of a program, would be a difference. */
    static boolean hasEffect(ClientFrameOrBuilder request) {
        return switch (request.getBodyCase()) {
            case OPEN,
                    CREATE,
                    MAKE_NODE,
                    REMOVE,
                    RENAME,
                    LINK,
                    SET_ATTRIBUTES,
                    ALLOCATE,
                    COPY_RANGE,
                    SET_XATTR,
                    REMOVE_XATTR,
                    LOCK -> true;
            default -> false;
        };
    }
}
