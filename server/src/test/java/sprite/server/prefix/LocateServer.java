package sprite.server.prefix;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import sprite.common.error.FsException;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LinkPrefixReply;
import sprite.common.wire.proto.LinkPrefixRequest;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.common.wire.proto.StatusReply;
import sprite.common.wire.proto.StatusRequest;

/** A server of which only the calls about prefixes and its status work. Thread-safe: immutable. */
public final class LocateServer implements AutoCloseable {
    private final Server server;

    public LocateServer(InetSocketAddress address, Locator locator, Supplier<String> status) throws IOException {
        server = NettyServerBuilder.forAddress(address)
                .addService(new Service(locator, status))
                .build()
                .start();
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static final class Service extends FileServerGrpc.FileServerImplBase {
        private final Locator locator;
        private final Supplier<String> status;

        private Service(Locator locator, Supplier<String> status) {
            this.locator = locator;
            this.status = status;
        }

        @Override
        public void locate(LocateRequest request, StreamObserver<LocateReply> out) {
            try {
                out.onNext(locator.locate(request));
                out.onCompleted();
            } catch (FsException e) {
                out.onError(RpcErrors.toStatus(e));
            }
        }

        @Override
        public void linkPrefix(LinkPrefixRequest request, StreamObserver<LinkPrefixReply> out) {
            try {
                locator.link(request.getPrefix(), request.getRemove());
                out.onNext(LinkPrefixReply.getDefaultInstance());
                out.onCompleted();
            } catch (FsException e) {
                out.onError(RpcErrors.toStatus(e));
            }
        }

        @Override
        public void status(StatusRequest request, StreamObserver<StatusReply> out) {
            out.onNext(StatusReply.newBuilder().setJson(status.get()).build());
            out.onCompleted();
        }
    }
}
