package sprite.client.simulation;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** A call to a server that cannot be reached. Confined to the world's carrier. */
final class RefusedCall<Q, R> extends ClientCall<Q, R> {
    private final Network network;
    private final Node from;

    RefusedCall(Network network, Node from) {
        this.network = network;
        this.from = from;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
        var _ = network.scheduler()
                .after(
                        network.delayNanos(),
                        () -> from.start(
                                "network of " + from,
                                () -> listener.onClose(
                                        Status.UNAVAILABLE.withDescription("nobody listens"), new Metadata())));
    }

    @Override
    public void request(int messages) {}

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void halfClose() {}

    @Override
    public void sendMessage(Q message) {}
}
