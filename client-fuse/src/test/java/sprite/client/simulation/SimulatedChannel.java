package sprite.client.simulation;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's channel to a server: connects when it is used and has no connection. Confined to the world's carrier. */
final class SimulatedChannel extends ManagedChannel {
    private final Network network;
    private final Node from;
    private final String address;
    private @Nullable Connection connection;
    private boolean shut;

    SimulatedChannel(Network network, Node from, String address) {
        this.network = network;
        this.from = from;
        this.address = address;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        Connection now = connection;
        if (now == null || !now.isUsable()) {
            now = shut ? null : network.connect(from, address);
            connection = now;
        }
        return now == null ? new RefusedCall<>(network, from) : new SimulatedCall<>(now, method).client();
    }

    @Override
    public String authority() {
        return address;
    }

    @Override
    public void resetConnectBackoff() {}

    @Override
    public ManagedChannel shutdown() {
        shut = true;
        return this;
    }

    @Override
    public ManagedChannel shutdownNow() {
        return shutdown();
    }

    @Override
    public boolean isShutdown() {
        return shut;
    }

    @Override
    public boolean isTerminated() {
        return shut;
    }

    @Override
    public boolean awaitTermination(long time, TimeUnit unit) {
        return shut;
    }
}
