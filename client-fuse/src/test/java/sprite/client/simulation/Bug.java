package sprite.client.simulation;

import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteRequest;

/**
 * A way to break the protocol that the worlds must notice: messages are altered on the way as if their sender had a
 * bug, or the disk lies. The product's classes know nothing of it.
 */
public enum Bug {
    /** A client is not told to bring its data home, nor to stop caching. */
    RECALL_NOT_HEARD,
    /** A client is told to bring its data home, but not that it may not cache any more. */
    INVALIDATION_NOT_HEARD,
    /** A client is not told that names have changed. */
    NAMES_NOT_REVOKED,
    /** A client is not told that attributes have changed. */
    ATTRIBUTES_NOT_REVOKED,
    /** The server does not take in that a client which closes has dirty blocks, nor its size. */
    DIRTY_CLOSE_NOT_HEARD,
    /** Everybody who opens a file may cache it. */
    EVERYBODY_CACHES,
    /** The answer to an open is overtaken by what was sent after it. */
    REPLY_OVERTAKEN,
    /** A client is told that its old blocks are those of the newest version. */
    OLD_BLOCKS_KEPT,
    /** A write-back is answered and forgotten. */
    WRITE_BACK_FORGOTTEN,
    /** A lock is granted to whoever asks. */
    LOCKS_NOT_ASKED_FOR,
    /** What is synced is not on the disk. */
    SYNC_WITHOUT_EFFECT;

    /** The message that arrives instead of one that is sent. */
    private Object alter(Object message) {
        return switch (message) {
            case ServerFrame frame
            when frame.hasCallback() ->
                frame.toBuilder().setCallback(calledBack(frame.getCallback())).build();
            case ServerFrame frame
            when frame.hasOpen() ->
                frame.toBuilder().setOpen(opened(frame.getOpen())).build();
            case ClientFrame frame -> asked(frame);
            case WriteRequest write
            when this == WRITE_BACK_FORGOTTEN && write.getWriteBack() ->
                write.toBuilder().clearData().build();
            default -> message;
        };
    }

    private Callback calledBack(Callback callback) {
        return switch (this) {
            case RECALL_NOT_HEARD ->
                callback.toBuilder().clearWriteBack().clearInvalidate().build();
            case INVALIDATION_NOT_HEARD ->
                callback.toBuilder().clearInvalidate().build();
            case NAMES_NOT_REVOKED -> callback.toBuilder().clearRevokeNames().build();
            case ATTRIBUTES_NOT_REVOKED ->
                callback.toBuilder().clearRevokeAttributes().build();
            default -> callback;
        };
    }

    private OpenReply opened(OpenReply reply) {
        return switch (this) {
            case EVERYBODY_CACHES -> reply.toBuilder().setCacheable(true).build();
            case OLD_BLOCKS_KEPT ->
                reply.toBuilder()
                        .setAttributes(reply.getAttributes().toBuilder().setVersion(1))
                        .build();
            default -> reply;
        };
    }

    private ClientFrame asked(ClientFrame frame) {
        return switch (this) {
            case DIRTY_CLOSE_NOT_HEARD ->
                frame.hasClose()
                        ? frame.toBuilder()
                                .setClose(frame.getClose().toBuilder()
                                        .setDirty(false)
                                        .setReport(AttributeReport.getDefaultInstance()))
                                .build()
                        : frame;
            case LOCKS_NOT_ASKED_FOR ->
                frame.hasLock()
                        ? frame.toBuilder()
                                .setLock(frame.getLock().toBuilder()
                                        .setOwner(frame.getLock().getOwner() + 1_000_000)
                                        .setStart(frame.getSeq() * 1_000_000_000)
                                        .setEnd(frame.getSeq() * 1_000_000_000))
                                .build()
                        : frame;
            default -> frame;
        };
    }

    /** Whether a message travels apart from those before and after it. */
    boolean overtakes(Object message) {
        return this == REPLY_OVERTAKEN && message instanceof ServerFrame frame && frame.hasOpen();
    }

    /** For bugs that are none. */
    static Object said(@Nullable Bug bug, Object message) {
        return bug == null ? message : bug.alter(message);
    }
}
