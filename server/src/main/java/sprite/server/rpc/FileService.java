package sprite.server.rpc;

import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
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
import sprite.common.wire.proto.StatusReply;
import sprite.common.wire.proto.StatusRequest;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;
import sprite.server.data.Transfers;
import sprite.server.prefix.Locator;

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
                .addMethod(FileServerGrpc.getSessionMethod(), ServerCalls.asyncBidiStreamingCall(this::session))
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

    private StreamObserver<ClientFrame> session(StreamObserver<ServerFrame> out) {
        return new SessionStream(parts, (ServerCallStreamObserver<ServerFrame>) out);
    }

    private void read(ReadRequest request, StreamObserver<ReadReply> out) {
        answer(out, () -> {
            ReadReply reply = transfers.read(request);
            parts.traffic().received(request.getSerializedSize());
            parts.traffic().sent(reply.getSerializedSize());
            return reply;
        });
    }

    private void write(WriteRequest request, StreamObserver<WriteReply> out) {
        answer(out, () -> {
            WriteReply reply = transfers.write(request);
            parts.traffic().received(request.getSerializedSize());
            parts.traffic().sent(reply.getSerializedSize());
            return reply;
        });
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
