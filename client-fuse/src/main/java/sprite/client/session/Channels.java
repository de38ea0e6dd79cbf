package sprite.client.session;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.ReceivedData;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * The connections to one server: one for the stream and one for data, so that a megabyte of data never stands before a
 * reply. Both run their callbacks directly on the network thread; what is called there must not block. Thread-safe: the
 * pair is replaced as a whole.
 */
final class Channels {
    private static final Logger log = LoggerFactory.getLogger(Channels.class);
    private static final int WINDOW = 8 * 1024 * 1024;

    private static final MethodDescriptor<ReadRequest, ReceivedData> READ = FileServerGrpc.getReadMethod().toBuilder(
                    FileServerGrpc.getReadMethod().getRequestMarshaller(), ReceivedData.marshaller())
            .build();

    private final String address;
    private final WireCounters counters;
    private final AtomicReference<Pair> pair;
    private volatile boolean closed;

    /** The connections that are used at one time. Immutable. */
    private record Pair(ManagedChannel session, ManagedChannel data) {
        void end() {
            session.shutdownNow();
            data.shutdownNow();
        }
    }

    Channels(String address, WireCounters counters) {
        this.address = address;
        this.counters = counters;
        this.pair = new AtomicReference<>(connections());
    }

    private Pair connections() {
        return new Pair(channel(address), channel(address));
    }

    private static ManagedChannel channel(String address) {
        return NettyChannelBuilder.forTarget(address)
                .usePlaintext()
                .directExecutor()
                .maxInboundMessageSize(Protocol.MESSAGE_MAX)
                .flowControlWindow(WINDOW)
                .keepAliveTime(Protocol.LEASE.toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(Protocol.LEASE.toMillis() / 2, TimeUnit.MILLISECONDS)
                .build();
    }

    String address() {
        return address;
    }

    WireCounters counters() {
        return counters;
    }

    StreamObserver<ClientFrame> openSession(StreamObserver<ServerFrame> incoming) {
        return ClientCalls.asyncBidiStreamingCall(
                pair.get().session().newCall(FileServerGrpc.getSessionMethod(), CallOptions.DEFAULT), incoming);
    }

    /** Sends a frame. onNext of a broken stream throws; the stream's own onError is the one that deals with it. */
    void say(StreamObserver<ClientFrame> to, ClientFrame frame) {
        try {
            counters.sent(frame.getSerializedSize());
            to.onNext(frame);
        } catch (IllegalStateException | StatusRuntimeException e) {
            log.debug("{}: frame not sent, the stream is gone: {}", address, e.getMessage());
        }
    }

    /** Tries to connect at once, not after gRPC's own growing pause. */
    void hurry() {
        pair.get().session().resetConnectBackoff();
        pair.get().data().resetConnectBackoff();
    }

    /**
     * Gives up connections on which nothing arrives any more; whatever is under way on them fails with TIMED_OUT. TCP
     * itself would notice after a quarter of an hour only, and after a cut it sends again late: the longer the cut, the
     * later.
     */
    // See "Silence" in the design notes.
    void replace() {
        Pair fresh = connections();
        pair.getAndSet(fresh).end();
        if (closed) {
            fresh.end();
        }
    }

    <T> CompletableFuture<T> read(ReadRequest request, Function<ByteString, T> take) {
        return unary("read", READ, request, 0, received -> {
            try (received) {
                counters.received(received.data().size());
                return take.apply(received.data());
            }
        });
    }

    CompletableFuture<WriteReply> write(WriteRequest request) {
        return unary(
                "write",
                FileServerGrpc.getWriteMethod(),
                request,
                request.getData().size(),
                Function.identity());
    }

    CompletableFuture<LocateReply> locate(String prefix) {
        LocateRequest request =
                LocateRequest.newBuilder().setPrefix(prefix).setAskPeers(true).build();
        return unary("locate", FileServerGrpc.getLocateMethod(), request, 0, Function.identity());
    }

    private <Q, R, T> CompletableFuture<T> unary(
            String operation, MethodDescriptor<Q, R> method, Q request, int bytes, Function<R, T> take) {
        counters.sent(bytes);
        CompletableFuture<T> answer = new CompletableFuture<>();
        ClientCalls.asyncUnaryCall(
                pair.get().data().newCall(method, CallOptions.DEFAULT), request, new StreamObserver<R>() {
                    @Override
                    public void onNext(R reply) {
                        try {
                            answer.complete(take.apply(reply));
                        } catch (RuntimeException | Error bug) {
                            answer.completeExceptionally(bug); // the caller meets it; the connection goes on
                        }
                    }

                    @Override
                    public void onError(Throwable failure) {
                        answer.completeExceptionally(
                                failure instanceof StatusRuntimeException status
                                        ? RpcErrors.fromStatus(operation, address, status)
                                        : new FsException(operation, address, FsError.IO));
                    }

                    @Override
                    public void onCompleted() {
                        answer.completeExceptionally(new FsException(operation, address, FsError.IO));
                    }
                });
        return answer;
    }

    void close() {
        closed = true;
        pair.get().session().shutdown();
        pair.get().data().shutdown();
    }
}
