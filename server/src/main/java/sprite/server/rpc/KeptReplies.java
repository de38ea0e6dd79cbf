package sprite.server.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Attributes;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.ReplyKey;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.session.Request;
import sprite.server.session.Session;

/**
 * Replies that the domains keep, for a client that lost its session and asks again in a new one. (Within a session, the
 * session itself remembers what it has answered.) Thread-safe: a concurrent map.
 */
final class KeptReplies {
    private static final Logger log = LoggerFactory.getLogger(KeptReplies.class);

    /** So many acknowledged replies are let pile up before they are forgotten together. */
    private static final long BATCH = 256;

    private final Exports exports;
    private final Executor workers;
    private final Map<Session, Long> forgotten = new ConcurrentHashMap<>();

    KeptReplies(Exports exports, Executor workers) {
        this.exports = exports;
        this.workers = workers;
    }

    /** The kept answer, or null if the request is to be executed. */
    ServerFrame.@Nullable Builder of(Request request, ClientFrame frame) throws FsException {
        if (request.session().previousEpoch() == 0) {
            return null; // in its first session a client has nothing to repeat
        }
        FileId home = home(frame);
        if (home == null) {
            return null;
        }
        ReplyKey key = ReplyKey.of(request.client().value(), request.seq());
        byte[] kept = exports.of(home).domain().keptReply(key);
        if (kept == null) {
            return null;
        }
        try {
            return ServerFrame.newBuilder().mergeFrom(kept);
        } catch (InvalidProtocolBufferException e) {
            throw new FsException("repeat", "request " + request.seq(), FsError.CORRUPT);
        }
    }

    /**
     * What the client wrote to a file before this session may come home from now on, and with it what a truncation has
     * cut off of which the client has not heard. Forgets such truncations for good, so that they are done again when
     * the client asks again, in whichever session. Nobody has seen them: that client would have been asked for what it
     * has.
     */
    void comesHome(Session session, FileId file) throws FsException {
        ReplyKey heard = ReplyKey.of(session.client().value(), session.ackedSeq());
        exports.of(file).domain().forgetReplies(heard, kept -> isTruncation(kept, file));
    }

    private static boolean isTruncation(byte[] kept, FileId file) {
        try {
            ServerFrame answer = ServerFrame.parseFrom(kept);
            boolean resized = answer.getAttributes().getSizeSet();
            boolean emptied = answer.hasOpen() && !answer.getOpen().getCreated();
            Attributes attributes = resized
                    ? answer.getAttributes().getAttributes()
                    : answer.getOpen().getAttributes();
            return (resized || emptied) && Wire.fileId(attributes.getFile()).equals(file);
        } catch (InvalidProtocolBufferException | FsException e) {
            return false; // who asks for it will hear that it is broken
        }
    }

    /** The file whose domain keeps the reply; null for requests whose replies are not kept. */
    private static @Nullable FileId home(ClientFrame frame) throws FsException {
        return switch (frame.getBodyCase()) {
            case OPEN ->
                frame.getOpen().getTruncate() ? Wire.fileId(frame.getOpen().getFile()) : null;
            case CREATE -> Wire.fileId(frame.getCreate().getDirectory());
            case MAKE_NODE -> Wire.fileId(frame.getMakeNode().getDirectory());
            case REMOVE -> Wire.fileId(frame.getRemove().getDirectory());
            case RENAME -> Wire.fileId(frame.getRename().getFromDirectory());
            case LINK -> Wire.fileId(frame.getLink().getDirectory());
            case SET_ATTRIBUTES -> Wire.fileId(frame.getSetAttributes().getFile());
            case ALLOCATE -> Wire.fileId(frame.getAllocate().getFile());
            case COPY_RANGE -> Wire.fileId(frame.getCopyRange().getTo());
            case SET_XATTR -> Wire.fileId(frame.getSetXattr().getFile());
            case REMOVE_XATTR -> Wire.fileId(frame.getRemoveXattr().getFile());
            default -> null;
        };
    }

    /** The client has all replies up to {@code seq}: lets the domains forget them, many at a time. */
    void acknowledged(Session session, long seq) {
        if (seq - forgotten.getOrDefault(session, 0L) >= BATCH) {
            forgotten.put(session, seq);
            workers.execute(() -> forget(session, ReplyKey.of(session.client().value(), seq)));
        }
    }

    /** The session is over; with {@code forGood} nobody will ask again. */
    void ended(Session session, boolean forGood) {
        forgotten.remove(session);
        long client = session.client().value();
        workers.execute(() -> {
            forget(session, ReplyKey.of(client, forGood ? Long.MAX_VALUE : session.ackedSeq()));
            if (forGood) {
                forget(session, ReplyKey.ofWrite(client, Long.MAX_VALUE));
            }
        });
    }

    private void forget(Session session, ReplyKey last) {
        for (Export export : exports.all()) {
            try {
                export.domain().forgetReplies(last);
            } catch (FsException e) {
                log.warn("replies to {} could not be forgotten: {}", session, e.error());
            }
        }
    }
}
