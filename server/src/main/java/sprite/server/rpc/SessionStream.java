package sprite.server.rpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.Error;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WrittenBack;
import sprite.consistency.ClientId;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.server.lock.Locks;
import sprite.server.open.OpenFiles;
import sprite.server.session.ClientStream;
import sprite.server.session.Printable;
import sprite.server.session.Request;
import sprite.server.session.Session;
import sprite.server.session.Sessions;
import sprite.server.session.Traffic;

/**
 * One stream: frames that have no reply take effect here and now, in order; requests are handed to the dispatcher.
 * Incoming frames are confined to the stream's thread; outgoing ones come under the session's own lock.
 */
final class SessionStream implements StreamObserver<ClientFrame>, ClientStream {
    private static final Logger log = LoggerFactory.getLogger(SessionStream.class);

    /** What a stream works with. Immutable. */
    record Parts(
            Sessions sessions,
            OpenFiles files,
            Locks locks,
            LockRequests lockRequests,
            Dispatcher dispatcher,
            KeptReplies kept,
            Traffic traffic) {}

    private final Parts parts;
    private final String peer;
    private final ServerCallStreamObserver<ServerFrame> out;
    private volatile @Nullable Session session;
    private volatile boolean ended;

    /** @param peer the address that it comes from, for people */
    SessionStream(Parts parts, String peer, ServerCallStreamObserver<ServerFrame> out) {
        this.parts = parts;
        this.peer = peer;
        this.out = out;
        out.setOnReadyHandler(this::networkReady);
        out.setOnCancelHandler(this::gone);
    }

    @Override
    public void onNext(ClientFrame frame) {
        if (ended) {
            return;
        }
        parts.traffic.received(frame.getSerializedSize());
        try {
            Session known = session;
            if (known == null) {
                first(frame);
            } else {
                parts.sessions.heard(known);
                if (frame.getAckedSeq() != 0 && known.acknowledge(frame.getAckedSeq())) {
                    parts.kept.acknowledged(known, frame.getAckedSeq());
                }
                handle(known, frame);
            }
        } catch (FsException e) {
            refuse(frame, e);
        } catch (RuntimeException | java.lang.Error bug) {
            log.error("frame {} of {}: a bug", frame.getBodyCase(), session, bug);
            refuse(frame, new FsException("handle", frame.getBodyCase() + "", FsError.IO));
        }
    }

    private void first(ClientFrame frame) throws FsException {
        if (!frame.hasHello()) {
            throw new FsException("connect", frame.getBodyCase() + " before Hello", FsError.BAD_REQUEST);
        }
        Hello hello = frame.getHello();
        session = parts.sessions.hello(hello, this);
    }

    private void refuse(ClientFrame frame, FsException why) {
        ServerFrame answer = ServerFrame.newBuilder()
                .setSeq(frame.getSeq())
                .setError(Error.newBuilder().setCode(why.error().name()).setDetail(why.getMessage() + ""))
                .build();
        Session known = session;
        if (known == null) {
            tellOfStranger(frame.getHello(), why);
            ended = true;
            out.onNext(answer);
            out.onCompleted();
        } else if (frame.getSeq() == 0) {
            parts.sessions.refusals().tell(known, why);
        } else {
            known.refused(why);
            known.say(answer);
        }
    }

    /** {@code hello}: empty if it said none. */
    private void tellOfStranger(Hello hello, FsException why) {
        String who = hello.getClient() == 0
                ? "a client at " + peer
                : "client '" + Printable.name(hello.getName()) + "' (" + new ClientId(hello.getClient()) + ") at "
                        + peer;
        parts.sessions.refusals().tell(hello.getClient() == 0 ? peer : new ClientId(hello.getClient()) + "", who, why);
    }

    private void handle(Session from, ClientFrame frame) throws FsException {
        switch (frame.getBodyCase()) {
            case HELLO -> throw new FsException("connect", "a second Hello", FsError.BAD_REQUEST);
            case KEEP_ALIVE ->
                from.say(ServerFrame.newBuilder()
                        .setKeepAlive(frame.getKeepAlive().toBuilder()
                                .setHeardNote(from.heardNote())
                                .setCommitted(parts.files.commits().committed()))
                        .build());
            case GOODBYE -> {
                parts.sessions.end(from, "it said goodbye");
                parts.kept.ended(from, true);
            }
            case CALLBACK_ACK -> {} // the sign of life was taken in above
            case CALLBACK_DONE -> from.hear(frame.getNote(), () -> from.answered(frame.getCallbackDone()));
            case CLOSE -> from.hear(frame.getNote(), () -> close(from, frame.getClose()));
            case WRITTEN_BACK -> from.hear(frame.getNote(), () -> writtenBack(from, frame.getWrittenBack()));
            case RECOVERED -> from.hear(frame.getNote(), () -> parts.sessions.recovered(from));
            case CANCEL ->
                from.hear(
                        frame.getNote(),
                        () -> parts.lockRequests.cancel(from, frame.getCancel().getTargetSeq()));
            case BODY_NOT_SET -> throw new FsException("handle", "a frame of an unknown kind", FsError.BAD_REQUEST);
            case LOOKUP,
                    GET_ATTRIBUTES,
                    READ_DIRECTORY,
                    READ_LINK,
                    OPEN,
                    CREATE,
                    MAKE_NODE,
                    REMOVE,
                    RENAME,
                    LINK,
                    SET_ATTRIBUTES,
                    ALLOCATE,
                    COPY_RANGE,
                    SEEK,
                    COMMIT,
                    STAT_FS,
                    GET_XATTR,
                    SET_XATTR,
                    LIST_XATTR,
                    REMOVE_XATTR,
                    LOCK,
                    TEST_LOCK,
                    REOPEN -> request(from, frame);
        }
    }

    private void request(Session from, ClientFrame frame) throws FsException {
        if (frame.getSeq() == 0) {
            throw new FsException("execute", frame.getBodyCase() + " without a number", FsError.BAD_REQUEST);
        }
        if (from.begin(frame.getSeq())) {
            parts.dispatcher.start(new Request(from, frame.getSeq()), frame);
        }
    }

    private void close(Session from, Close close) throws FsException {
        FileId file = Wire.fileId(close.getFile());
        OpenMode mode = new OpenMode(close.getRead(), close.getWrite(), close.getExecute());
        FileTime accessed = close.hasAccessed() ? Wire.time(close.getAccessed()) : null;
        if (parts.files.close(file, from, mode, close.getDirty(), close.getReport(), accessed)) {
            parts.locks.releaseFile(from.client(), file);
        }
    }

    private void writtenBack(Session from, WrittenBack news) throws FsException {
        for (WrittenBack.File file : news.getFilesList()) {
            var seq = file.getOpenSeq();
            parts.files.writtenBack(
                    Wire.fileId(file.getFile()), from, file.getReport(), new OpenSeq(seq.getEpoch(), seq.getCounter()));
        }
    }

    @Override
    public void onError(Throwable failure) {
        Session known = session;
        Status status = Status.fromThrowable(failure);
        if (status.getCode() != Status.Code.CANCELLED) {
            log.warn("the stream of {} broke: {}", known, status);
        }
        gone();
    }

    @Override
    public void onCompleted() {
        gone();
        try {
            out.onCompleted();
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            log.debug("stream was over already: {}", e.getMessage());
        }
    }

    private void gone() {
        ended = true;
        Session known = session;
        if (known != null) {
            known.detach(this);
        }
    }

    private void networkReady() {
        Session known = session;
        if (known != null) {
            known.drain();
        }
    }

    @Override
    public boolean isReady() {
        return out.isReady();
    }

    /** A stream that broke throws; whatever was said is said again on the next one. */
    @Override
    public void send(ServerFrame frame) {
        try {
            out.onNext(frame);
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            log.debug("frame not sent, the stream is gone: {}", e.getMessage());
        }
    }

    @Override
    public void end(String why) {
        ended = true;
        try {
            out.onError(Status.UNAVAILABLE.withDescription(why).asRuntimeException());
        } catch (IllegalStateException | io.grpc.StatusRuntimeException e) {
            log.debug("stream was over already: {}", e.getMessage());
        }
    }
}
