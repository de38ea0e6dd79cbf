package sprite.client.simulation;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.LookupReply;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteReply;
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
    SYNC_WITHOUT_EFFECT,
    /** A client that has nothing to tell does not say that it has obeyed (trap 1). */
    DONE_NOT_SAID,
    /** That a callback was heard is taken for that it was obeyed. */
    ACK_TAKEN_FOR_DONE,
    /** A new size is not set (trap 7). */
    TRUNCATION_FORGOTTEN,
    /** An append goes to where its client believes that the file ends (trap 14). */
    APPEND_BY_OFFSET,
    /** A server that starts again does not know whom to wait for (trap 6). */
    ROLL_FORGOTTEN,
    /** A broken connection is taken for a refusal (trap 16). */
    SILENCE_TAKEN_FOR_REFUSAL,
    /** A client that opens a file again does not say that it has data of it. */
    DIRTY_REOPEN_NOT_HEARD,
    /** A lock is given again to a client that was declared dead. */
    LOST_LOCK_GIVEN_AGAIN,
    /** Everybody who looks up names may keep them. */
    NAMES_GRANTED_TO_ALL,
    /** Everybody who asks for attributes may keep them. */
    ATTRIBUTES_GRANTED_TO_ALL,
    /** A change that is said again is done again. */
    REPLY_NOT_KEPT,
    /** A write past the cache that is said again is done again. */
    WRITE_DONE_AGAIN,
    /** A server that starts again does not know whose open raised a version. */
    RAISER_FORGOTTEN,
    /** A client is not told to drop the pages that its kernel holds. */
    PAGES_NOT_DROPPED,
    /** The server does not take in that what is read goes into the pages of a kernel. */
    PAGES_NOT_NOTED,
    /** The server does not take in that what is read goes into pages after others were dropped. */
    DROP_NOT_COUNTED,
    /** The server does not take in that programs may store into pages. */
    WRITABLE_NOT_HEARD,
    /** What programs stored into pages is answered and forgotten. */
    STORED_FORGOTTEN,
    /** A kernel forgets nothing when its mount ends. */
    PAGES_OUTLIVE_THE_MOUNT,
    /** A client does not keep what it wrote back until it is committed. */
    UNCOMMITTED_NOT_KEPT,
    /** The server says that a write-back is committed when it answers it. */
    COMMITTED_BEFORE_SYNC,
    /** The next writer is let in before what the former one wrote is committed. */
    HAND_OVER_NOT_COMMITTED,
    /** A client does not hear that the server's machine has stopped. */
    POWER_LOSS_NOT_HEARD,
    /** Nothing is wrong: worlds go on after the same things as with bugs, and must not fail. */
    NONE;

    /** The bug of that name; all of them, without {@link #NONE}, if it is empty. */
    static List<Bug> named(String name) {
        return name.isEmpty() ? Stream.of(values()).filter(bug -> bug != NONE).toList() : List.of(valueOf(name));
    }

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
            case ServerFrame frame
            when frame.hasLookup() ->
                frame.toBuilder().setLookup(lookedUp(frame.getLookup())).build();
            case ServerFrame frame
            when this == ATTRIBUTES_GRANTED_TO_ALL && frame.hasAttributes() ->
                frame.toBuilder()
                        .setAttributes(frame.getAttributes().toBuilder().setGranted(true))
                        .build();
            case ServerFrame frame
            when this == POWER_LOSS_NOT_HEARD && frame.hasWelcome() ->
                frame.toBuilder()
                        .setWelcome(frame.getWelcome().toBuilder().setBoot("always"))
                        .build();
            case WriteReply reply
            when this == UNCOMMITTED_NOT_KEPT -> reply.toBuilder().clearStamp().build();
            case WriteReply reply
            when this == COMMITTED_BEFORE_SYNC ->
                reply.toBuilder().setCommitted(reply.getStamp()).build();
            case WriteRequest write -> written(write);
            case ReadRequest read
            when this == PAGES_NOT_NOTED -> read.toBuilder().clearForPages().build();
            case ReadRequest read
            when this == WRITABLE_NOT_HEARD -> read.toBuilder().clearWritable().build();
            case ReadRequest read
            when this == DROP_NOT_COUNTED -> read.toBuilder().clearDropped().build();
            default -> message;
        };
    }

    private WriteRequest written(WriteRequest write) {
        return switch (this) {
            case WRITE_BACK_FORGOTTEN ->
                write.getWriteBack() ? write.toBuilder().clearData().build() : write;
            case STORED_FORGOTTEN ->
                write.getStored() ? write.toBuilder().clearData().build() : write;
            case APPEND_BY_OFFSET -> write.toBuilder().clearAppend().build();
            case WRITE_DONE_AGAIN ->
                write.getWriteBack() ? write : write.toBuilder().clearNumber().build();
            default -> write;
        };
    }

    private LookupReply lookedUp(LookupReply reply) {
        return switch (this) {
            case NAMES_GRANTED_TO_ALL -> reply.toBuilder().setNamesGranted(true).build();
            case ATTRIBUTES_GRANTED_TO_ALL ->
                reply.toBuilder().setAttributesGranted(reply.getFound()).build();
            default -> reply;
        };
    }

    private Callback calledBack(Callback callback) {
        return switch (this) {
            case RECALL_NOT_HEARD ->
                callback.toBuilder().clearWriteBack().clearInvalidate().build();
            case INVALIDATION_NOT_HEARD ->
                callback.toBuilder().clearInvalidate().build();
            case NAMES_NOT_REVOKED -> callback.toBuilder().clearRevokeNames().build();
            case PAGES_NOT_DROPPED -> callback.toBuilder().clearDropPages().build();
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
            case ACK_TAKEN_FOR_DONE ->
                frame.hasCallbackAck()
                        ? frame.toBuilder()
                                .setCallbackDone(CallbackDone.newBuilder()
                                        .setId(frame.getCallbackAck().getId()))
                                .build()
                        : frame;
            case TRUNCATION_FORGOTTEN ->
                frame.hasSetAttributes()
                        ? frame.toBuilder()
                                .setSetAttributes(
                                        frame.getSetAttributes().toBuilder().clearSetSize())
                                .build()
                        : frame;
            case DIRTY_REOPEN_NOT_HEARD ->
                frame.hasReopen()
                        ? frame.toBuilder()
                                .setReopen(frame.getReopen().toBuilder().clearDirty())
                                .build()
                        : frame;
            case LOST_LOCK_GIVEN_AGAIN ->
                frame.hasLock()
                        ? frame.toBuilder()
                                .setLock(frame.getLock().toBuilder().clearReclaim())
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

    /** Whether a message is not sent at all. */
    boolean swallows(Object message) {
        return this == DONE_NOT_SAID
                && message instanceof ClientFrame frame
                && frame.hasCallbackDone()
                && !frame.getCallbackDone().getReport().getPresent();
    }

    /** For bugs that are none. */
    static Object said(@Nullable Bug bug, Object message) {
        return bug == null ? message : bug.alter(message);
    }
}
