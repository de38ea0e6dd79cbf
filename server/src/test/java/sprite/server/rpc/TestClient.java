package sprite.server.rpc;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.Create;
import sprite.common.wire.proto.Credentials;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.KeepAlive;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;
import sprite.common.wire.proto.Lookup;
import sprite.common.wire.proto.Open;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ReadReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.Recovered;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.Welcome;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/** A client that does nothing of its own accord: says what a test tells it to say, over a real socket. */
final class TestClient implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final int port;
    private final long id;
    private final AtomicLong nextSeq = new AtomicLong(1);
    private final Map<Long, CompletableFuture<ServerFrame>> pending = new ConcurrentHashMap<>();
    private final BlockingQueue<Callback> callbacks = new LinkedBlockingQueue<>();
    private ManagedChannel channel;
    private @Nullable StreamObserver<ClientFrame> stream;
    private CompletableFuture<ServerFrame> first = new CompletableFuture<>();
    private CompletableFuture<String> end = new CompletableFuture<>();
    private Welcome welcome = Welcome.getDefaultInstance();
    volatile boolean obeysRevocations = true;

    TestClient(int port, long id) {
        this.port = port;
        this.id = id;
        this.channel = connect();
    }

    static TestClient of(int port, long id) throws Exception {
        TestClient client = new TestClient(port, id);
        client.hello(Protocol.VERSION);
        return client;
    }

    private ManagedChannel connect() {
        return NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .flowControlWindow(8 << 20)
                .maxInboundMessageSize(Protocol.MESSAGE_MAX)
                .build();
    }

    /** Opens a stream, naming the last session if there was one; returns the first frame. */
    ServerFrame hello(int protocol) throws Exception {
        openStream();
        send(ClientFrame.newBuilder()
                .setHello(Hello.newBuilder()
                        .setProtocol(protocol)
                        .setClient(id)
                        .setName("test " + id)
                        .setServerEpoch(welcome.getServerEpoch())
                        .setSessionEpoch(welcome.getSessionEpoch())));
        ServerFrame answer = first.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (answer.hasWelcome()) {
            welcome = answer.getWelcome();
        }
        return answer;
    }

    /** Says Hello on the stream just opened, naming a session of a former life. */
    void resumes(long serverEpoch, long sessionEpoch) throws Exception {
        send(ClientFrame.newBuilder()
                .setHello(Hello.newBuilder()
                        .setProtocol(Protocol.VERSION)
                        .setClient(id)
                        .setName("test " + id)
                        .setServerEpoch(serverEpoch)
                        .setSessionEpoch(sessionEpoch)));
        welcome = first.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getWelcome();
    }

    /** Says that it has told everything of its former life. */
    void recovered() {
        send(ClientFrame.newBuilder().setRecovered(Recovered.getDefaultInstance()));
    }

    void openStream() {
        CompletableFuture<ServerFrame> hello = new CompletableFuture<>();
        CompletableFuture<String> ended = new CompletableFuture<>();
        first = hello;
        end = ended;
        stream = FileServerGrpc.newStub(channel).session(new StreamObserver<>() {
            @Override
            public void onNext(ServerFrame frame) {
                if (!hello.complete(frame)) {
                    arrived(frame);
                }
            }

            @Override
            public void onError(Throwable failure) {
                ended.complete(failure + "");
            }

            @Override
            public void onCompleted() {
                ended.complete("");
            }
        });
    }

    private void arrived(ServerFrame frame) {
        if (frame.hasCallback()) {
            Callback callback = frame.getCallback();
            boolean onlyRevokes = !callback.getWriteBack()
                    && !callback.getInvalidate()
                    && !callback.getDelete()
                    && callback.getDropPages() == 0
                    && !callback.getReportAttributes();
            if (onlyRevokes && obeysRevocations) {
                done(callback, AttributeReport.getDefaultInstance(), "");
            }
            callbacks.add(callback);
            return;
        }
        CompletableFuture<ServerFrame> call = pending.remove(frame.getSeq());
        if (call != null) {
            call.complete(frame);
        }
    }

    FileId root() throws Exception {
        return Wire.fileId(welcome.getDomains(0).getRoot());
    }

    Welcome welcome() {
        return welcome;
    }

    void send(ClientFrame.Builder frame) {
        StreamObserver<ClientFrame> to = stream;
        if (to != null) {
            synchronized (pending) {
                to.onNext(frame.build());
            }
        }
    }

    CompletableFuture<ServerFrame> ask(ClientFrame.Builder frame) {
        return ask(frame, nextSeq.getAndIncrement());
    }

    CompletableFuture<ServerFrame> ask(ClientFrame.Builder frame, long seq) {
        CompletableFuture<ServerFrame> reply = new CompletableFuture<>();
        pending.put(seq, reply);
        send(frame.setSeq(seq));
        return reply;
    }

    ServerFrame call(ClientFrame.Builder frame) throws Exception {
        return ask(frame).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    static ClientFrame.Builder getAttributes(FileId file) {
        return ClientFrame.newBuilder()
                .setGetAttributes(GetAttributes.newBuilder().setFile(Wire.toWire(file)));
    }

    /** Renews the lease; completes when the server has said that it has heard. One at a time. */
    CompletableFuture<ServerFrame> keepAlive() {
        CompletableFuture<ServerFrame> answer = new CompletableFuture<>();
        pending.put(0L, answer);
        send(ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(1)));
        return answer;
    }

    /** Renews the lease, from any thread and at any time. */
    void beat() {
        send(ClientFrame.newBuilder().setKeepAlive(KeepAlive.newBuilder().setStamp(1)));
    }

    /** Returns when what was said before has taken effect: another client's words, on another stream, come after it. */
    void isHeard(FileId file) throws Exception {
        ServerFrame answer = call(getAttributes(file));
        if (!answer.hasAttributes()) {
            throw new AssertionError(answer);
        }
    }

    long lastSeq() {
        return nextSeq.get() - 1;
    }

    Callback callback() throws Exception {
        Callback callback = callbacks.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (callback == null) {
            throw new AssertionError("no callback came");
        }
        return callback;
    }

    boolean hasCallback() {
        return !callbacks.isEmpty();
    }

    void done(Callback callback, AttributeReport report, String error) {
        send(ClientFrame.newBuilder()
                .setCallbackDone(CallbackDone.newBuilder()
                        .setId(callback.getId())
                        .setReport(report)
                        .setError(error)));
    }

    /** Why a data call is refused. */
    static FsError refused(Supplier<?> call) {
        try {
            throw new AssertionError("not refused: " + call.get());
        } catch (StatusRuntimeException e) {
            return RpcErrors.fromStatus("call", "", e).error();
        }
    }

    String ended() throws Exception {
        return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    // -------------------------------------------------------------------------------------------------- requests

    static Credentials root(int uid) {
        return Credentials.newBuilder().setUid(uid).setGid(uid).build();
    }

    static ClientFrame.Builder lookup(FileId directory, String name, int uid) {
        return ClientFrame.newBuilder()
                .setLookup(Lookup.newBuilder()
                        .setDirectory(Wire.toWire(directory))
                        .setName(ByteString.copyFromUtf8(name))
                        .setCredentials(root(uid)));
    }

    static ClientFrame.Builder create(FileId directory, String name, int mode, int uid) {
        return ClientFrame.newBuilder()
                .setCreate(Create.newBuilder()
                        .setDirectory(Wire.toWire(directory))
                        .setName(ByteString.copyFromUtf8(name))
                        .setMode(mode)
                        .setRead(true)
                        .setWrite(true)
                        .setExclusive(true)
                        .setCredentials(root(uid)));
    }

    static ClientFrame.Builder open(FileId file, boolean write) {
        return ClientFrame.newBuilder()
                .setOpen(Open.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setRead(true)
                        .setWrite(write)
                        .setWantData(true)
                        .setCredentials(root(0)));
    }

    /**
     * An exclusive lock of a whole file, in the manner of flock(2).
     *
     * @param reclaim the client had it before the session was lost
     */
    static ClientFrame.Builder flock(FileId file, boolean reclaim) {
        return ClientFrame.newBuilder()
                .setLock(Lock.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setKind(LockKind.FLOCK)
                        .setType(LockType.EXCLUSIVE)
                        .setOwner(1)
                        .setEnd(Long.MAX_VALUE)
                        .setReclaim(reclaim));
    }

    /** A file made and left open for reading and writing. */
    OpenReply created(String name) throws Exception {
        ServerFrame frame = call(create(root(), name, 0666, 0));
        if (!frame.hasOpen()) {
            throw new AssertionError(frame);
        }
        return frame.getOpen();
    }

    void close(FileId file, boolean write, boolean dirty, AttributeReport report) {
        send(ClientFrame.newBuilder()
                .setClose(Close.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setRead(true)
                        .setWrite(write)
                        .setDirty(dirty)
                        .setReport(report)));
    }

    SessionStamp stamp() {
        return SessionStamp.newBuilder()
                .setClient(id)
                .setServerEpoch(welcome.getServerEpoch())
                .setSessionEpoch(welcome.getSessionEpoch())
                .build();
    }

    WriteReply write(FileId file, long offset, ByteString data, boolean writeBack) {
        return write(writing(file, offset, data).setWriteBack(writeBack));
    }

    static WriteRequest.Builder writing(FileId file, long offset, ByteString data) {
        return WriteRequest.newBuilder()
                .setFile(Wire.toWire(file))
                .setOffset(offset)
                .setData(data);
    }

    WriteReply write(WriteRequest.Builder request) {
        return FileServerGrpc.newBlockingStub(channel)
                .write(request.setSession(stamp()).build());
    }

    /** As {@link #write(WriteRequest.Builder)}, under whatever stamp. */
    WriteReply write(WriteRequest.Builder request, SessionStamp stamp) {
        return FileServerGrpc.newBlockingStub(channel)
                .write(request.setSession(stamp).build());
    }

    ByteString read(FileId file, long offset, int length) {
        return read(stamp(), file, offset, length);
    }

    /** Reads under whatever stamp. */
    ByteString read(FileId file, SessionStamp stamp) {
        return read(stamp, file, 0, 1);
    }

    private ByteString read(SessionStamp stamp, FileId file, long offset, int length) {
        return FileServerGrpc.newBlockingStub(channel)
                .read(ReadRequest.newBuilder()
                        .setSession(stamp)
                        .setFile(Wire.toWire(file))
                        .setOffset(offset)
                        .setLength(length)
                        .build())
                .getData();
    }

    /** What a read will bring. */
    CompletableFuture<ByteString> reading(ReadRequest.Builder request) {
        CompletableFuture<ByteString> data = new CompletableFuture<>();
        FileServerGrpc.newStub(channel).read(request.setSession(stamp()).build(), new StreamObserver<>() {
            @Override
            public void onNext(ReadReply reply) {
                data.complete(reply.getData());
            }

            @Override
            public void onError(Throwable why) {
                data.completeExceptionally(why);
            }

            @Override
            public void onCompleted() {}
        });
        return data;
    }

    /** Cuts the connection without a word. */
    void cut() {
        channel.shutdownNow();
        channel = connect();
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
