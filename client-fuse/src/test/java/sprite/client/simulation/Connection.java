package sprite.client.simulation;

import io.grpc.Metadata;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client to a server, with the calls on it. Each end has one thread, as a network library has, that
 * takes in what arrived. What one call sends arrives in order; calls beside each other may overtake. Confined to the
 * world's carrier.
 */
final class Connection {
    private final Network network;
    private final Network.Listening server;
    private final End client;
    private final End serverEnd;
    private final List<SimulatedCall<?, ?>> calls = new ArrayList<>();

    /** One end: what has arrived and is not taken in. */
    private static final class End {
        private final Node node;
        private final ArrayDeque<Runnable> arrived = new ArrayDeque<>();
        private boolean working;
        private boolean knowsOfTheEnd;

        End(Node node) {
            this.node = node;
        }

        void take(Runnable event) {
            if (node.isDead()) {
                return;
            }
            arrived.add(event);
            if (!working) {
                working = true;
                node.start("network of " + node, this::work);
            }
        }

        private void work() {
            for (Runnable event = arrived.poll(); event != null; event = arrived.poll()) {
                event.run();
            }
            working = false;
        }
    }

    Connection(Network network, Node from, Network.Listening server) {
        this.network = network;
        this.server = server;
        this.client = new End(from);
        this.serverEnd = new End(server.node());
    }

    Node clientNode() {
        return client.node;
    }

    Node serverNode() {
        return serverEnd.node;
    }

    Network network() {
        return network;
    }

    /** Whether the client still believes in it. */
    boolean isUsable() {
        return !client.knowsOfTheEnd;
    }

    boolean isOver() {
        return (client.knowsOfTheEnd || client.node.isDead()) && (serverEnd.knowsOfTheEnd || serverEnd.node.isDead());
    }

    void begin(SimulatedCall<?, ?> call) {
        calls.add(call);
    }

    void ended(SimulatedCall<?, ?> call) {
        calls.remove(call);
    }

    @Nullable
    ServerMethodDefinition<?, ?> method(String name) {
        return server.service().getMethod(name);
    }

    void toServer(Lane lane, Runnable event) {
        lane.send(network, client.node, serverEnd.node, () -> {
            if (!serverEnd.knowsOfTheEnd) {
                serverEnd.take(event);
            }
        });
    }

    void toClient(Lane lane, Runnable event) {
        lane.send(network, serverEnd.node, client.node, () -> {
            if (!client.knowsOfTheEnd) {
                client.take(event);
            }
        });
    }

    /** What one call sends in one direction: delivered in order, and not while the way is cut. */
    static final class Lane {
        private static final long RETRY_NANOS = 20_000_000;

        private final ArrayDeque<Runnable> underWay = new ArrayDeque<>();
        private long lastNanos;

        void send(Network network, Node from, Node to, Runnable delivery) {
            long now = network.scheduler().nowNanos();
            lastNanos = Math.max(lastNanos, now + network.delayNanos());
            underWay.add(delivery);
            deliver(network, from, to, lastNanos - now);
        }

        private void deliver(Network network, Node from, Node to, long nanos) {
            var _ = network.scheduler().after(nanos, () -> {
                if (network.isParted(from, to)) {
                    deliver(network, from, to, RETRY_NANOS);
                } else {
                    underWay.remove().run();
                }
            });
        }
    }

    /** It breaks; both ends notice, each in its time. What was not delivered by then is lost. */
    void cut() {
        notice(client, network.noticeNanos());
        notice(serverEnd, network.noticeNanos());
    }

    /** One end is gone; the other notices. */
    void cutIfOf(Node node) {
        if (client.node == node || serverEnd.node == node) {
            cut();
        }
    }

    private Status broken() {
        return network.bug() == Bug.SILENCE_TAKEN_FOR_REFUSAL ? Status.DATA_LOSS : Status.UNAVAILABLE;
    }

    private void notice(End end, long nanos) {
        var _ = network.scheduler().after(nanos, () -> {
            if (end.knowsOfTheEnd || end.node.isDead()) {
                return;
            }
            end.knowsOfTheEnd = true;
            for (SimulatedCall<?, ?> call : List.copyOf(calls)) {
                end.take(() -> {
                    if (end == client) {
                        call.failAtClient(broken().withDescription("the connection broke"), new Metadata());
                    } else {
                        call.cancelAtServer();
                    }
                });
            }
        });
    }
}
