package sprite.server.rpc;

import io.grpc.Grpc;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.DataMarshaller;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LinkPrefixReply;
import sprite.common.wire.proto.LinkPrefixRequest;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.common.wire.proto.ReadReply;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.StatusReply;
import sprite.common.wire.proto.StatusRequest;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;
import sprite.consistency.ClientId;
import sprite.server.data.Transfers;
import sprite.server.prefix.Locator;
import sprite.server.session.Session;

/**
 * The gRPC service: decodes, calls, encodes. Unary calls may block, and so run on the workers. Thread-safe: immutable.
 */
final class FileService {
    private static final Logger log = LoggerFactory.getLogger(FileService.class);

    private final SessionStream.Parts parts;
    private final Transfers transfers;
    private final Locator locator;
    private final Supplier<String> status;
    private final Executor workers;

    FileService(
            SessionStream.Parts parts,
            Transfers transfers,
            Locator locator,
            Supplier<String> status,
            Executor workers) {
        this.parts = parts;
        this.transfers = transfers;
        this.locator = locator;
        this.status = status;
        this.workers = workers;
    }

    ServerServiceDefinition definition() {
        return ServerServiceDefinition.builder(FileServerGrpc.SERVICE_NAME)
                .addMethod(FileServerGrpc.getSessionMethod(), session())
                .addMethod(FileServerGrpc.getReadMethod(), ServerCalls.asyncUnaryCall(this::read))
                .addMethod(
                        FileServerGrpc.getWriteMethod().toBuilder(
                                        new DataMarshaller<>(WriteRequest.getDefaultInstance()),
                                        FileServerGrpc.getWriteMethod().getResponseMarshaller())
                                .build(),
                        ServerCalls.asyncUnaryCall(this::write))
                .addMethod(FileServerGrpc.getLocateMethod(), ServerCalls.asyncUnaryCall(this::locate))
                .addMethod(FileServerGrpc.getStatusMethod(), ServerCalls.asyncUnaryCall(this::status))
                .addMethod(FileServerGrpc.getLinkPrefixMethod(), ServerCalls.asyncUnaryCall(this::linkPrefix))
                .build();
    }

    private ServerCallHandler<ClientFrame, ServerFrame> session() {
        return (call, headers) -> {
            String peer = peer(call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            ServerCalls.BidiStreamingMethod<ClientFrame, ServerFrame> method =
                    out -> new SessionStream(parts, peer, (ServerCallStreamObserver<ServerFrame>) out);
            return ServerCalls.asyncBidiStreamingCall(method).startCall(call, headers);
        };
    }

    /** Where a client is; not its port, which is another one each time. */
    private static String peer(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress internet
                ? internet.getAddress().getHostAddress()
                : "an unknown address";
    }

    private void read(ReadRequest request, StreamObserver<ReadReply> out) {
        answer(out, () -> {
            ReadReply reply = transfer(request.getSession(), () -> transfers.read(request));
            parts.traffic().received(request.getSerializedSize());
            parts.traffic().sent(reply.getSerializedSize());
            return reply;
        });
    }

    private void write(WriteRequest request, StreamObserver<WriteReply> out) {
        answer(out, () -> {
            WriteReply reply = transfer(request.getSession(), () -> transfers.write(request));
            parts.traffic().received(request.getSerializedSize());
            parts.traffic().sent(reply.getSerializedSize());
            return reply;
        });
    }

    /** What makes no sense is told of its client. */
    private <T> T transfer(SessionStamp from, Call<T> call) throws FsException {
        try {
            return call.run();
        } catch (FsException e) {
            Session session = parts.sessions().living(new ClientId(from.getClient()));
            if (session != null) {
                session.refused(e);
            }
            throw e;
        }
    }

    private void locate(LocateRequest request, StreamObserver<LocateReply> out) {
        answer(out, () -> locator.locate(request));
    }

    private void linkPrefix(LinkPrefixRequest request, StreamObserver<LinkPrefixReply> out) {
        answer(out, () -> {
            locator.link(request.getPrefix(), request.getRemove());
            return LinkPrefixReply.getDefaultInstance();
        });
    }

    private void status(StatusRequest request, StreamObserver<StatusReply> out) {
        answer(out, () -> StatusReply.newBuilder().setJson(status.get()).build());
    }

    /** What answers a unary call. */
    private interface Call<T> {
        T run() throws FsException;
    }

    /** The only place where a failure becomes a gRPC status. */
    private <T> void answer(StreamObserver<T> out, Call<T> call) {
        workers.execute(() -> {
            try {
                T reply = call.run();
                out.onNext(reply);
                out.onCompleted();
            } catch (FsException e) {
                out.onError(RpcErrors.toStatus(e));
            } catch (io.grpc.StatusRuntimeException | IllegalStateException e) {
                log.debug("the caller is gone: {}", e.getMessage());
            } catch (RuntimeException | Error bug) {
                log.error("a bug, answered as IO", bug);
                out.onError(RpcErrors.toStatus(new FsException("call", bug + "", FsError.IO)));
            }
        });
    }
}
