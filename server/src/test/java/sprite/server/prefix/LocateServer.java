package sprite.server.prefix;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import sprite.common.error.FsException;
import sprite.common.wire.RpcErrors;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;

/** A server of which only Locate works. Thread-safe: immutable. */
final class LocateServer implements AutoCloseable {
    private final Server server;

    LocateServer(InetSocketAddress address, Locator locator) throws IOException {
        server = NettyServerBuilder.forAddress(address)
                .addService(new Service(locator))
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private static final class Service extends FileServerGrpc.FileServerImplBase {
        private final Locator locator;

        private Service(Locator locator) {
            this.locator = locator;
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
    }
}
