package sprite.client.simulation;

import io.grpc.ManagedChannel;
import io.grpc.ServerServiceDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;

/**
 * What lies between the nodes: connections that deliver in order, after a while, until they break. Confined to the
 * world's carrier.
 */
final class Network {
    private static final long MICROSECOND = 1_000;
    private static final long MILLISECOND = 1_000 * MICROSECOND;

    private final Scheduler scheduler;
    private final SplittableRandom random;
    private final Trace trace;
    private final Memory memory;

    /** One message in so many is slow; 0: none. */
    private final int slowness;

    private final @Nullable Bug bug;
    private final Marks marks = new Marks();

    private final Map<String, Listening> servers = new TreeMap<>();
    private final List<Connection> connections = new ArrayList<>();
    private final TreeSet<String> parted = new TreeSet<>();
    private final Map<Long, Node> clients = new TreeMap<>();
    private Consumer<Node> onDeath = _ -> {};
    private boolean powerLost;

    /** A server that can be connected to. */
    record Listening(Node node, ServerServiceDefinition service) {}

    Network(Scheduler scheduler, SplittableRandom random, Trace trace, Memory memory, int slowness, @Nullable Bug bug) {
        this.scheduler = scheduler;
        this.random = random;
        this.trace = trace;
        this.memory = memory;
        this.slowness = slowness;
        this.bug = bug;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Trace trace() {
        return trace;
    }

    Marks marks() {
        return marks;
    }

    /** What is wrong with what the nodes say; null: nothing. */
    @Nullable
    Bug bug() {
        return bug;
    }

    void sent(Node from, Node to, Object message) {
        trace.sent(from, to, message);
    }

    void received(Node at, Node from, Object message) {
        trace.received(at, from, message);
        marks.received(at, from, message);
    }

    Memory memory() {
        return memory;
    }

    void listen(String address, Node node, ServerServiceDefinition service) {
        servers.put(address, new Listening(node, service));
    }

    /** A client that has a number at the servers. */
    void enter(long number, Node client) {
        clients.put(number, client);
    }

    /** A server takes a client for dead. */
    void declaredDead(long number) {
        Node client = clients.get(number);
        if (client != null && !client.hasLeft()) {
            trace.did(client, "DEAD", "to a server");
            client.declareDead();
            onDeath.accept(client);
        }
    }

    /** Calls {@code heir} when a server takes a client for dead. */
    void onDeath(Consumer<Node> heir) {
        onDeath = heir;
    }

    /** What servers had not synced is lost, names too. */
    void powerLost() {
        powerLost = true;
    }

    boolean hasLostPower() {
        return powerLost;
    }

    /** A client has given up data. */
    void gaveUp(Node node, Object why) {
        trace.did(node, "gave up", why);
        boolean nameLost = powerLost && why == FsError.NOT_FOUND;
        if (!node.isDeclaredDead() && !nameLost) {
            scheduler.fail(new AssertionError(node + " gave up data that no server takes: " + why));
        }
    }

    /** Whether somebody listens there. */
    boolean isServed(String address) {
        Listening there = servers.get(address);
        return there != null && !there.node.isDead();
    }

    ManagedChannel channel(Node from, String address) {
        return new SimulatedChannel(this, from, address);
    }

    /** A new connection; null if nobody listens there, or the way is cut. */
    @Nullable
    Connection connect(Node from, String address) {
        Listening to = servers.get(address);
        if (to == null || to.node.isDead() || from.isDead() || isParted(from, to.node)) {
            return null;
        }
        Connection connection = new Connection(this, from, to);
        connections.add(connection);
        return connection;
    }

    boolean isParted(Node a, Node b) {
        return !parted.isEmpty() && parted.contains(pair(a, b));
    }

    private static String pair(Node a, Node b) {
        return a.toString().compareTo(b.toString()) < 0 ? a + " " + b : b + " " + a;
    }

    /**
     * Nothing passes between two nodes until {@link #heal}; what is under way waits, or is lost with its connection.
     */
    void part(Node a, Node b) {
        parted.add(pair(a, b));
    }

    void heal(Node a, Node b) {
        parted.remove(pair(a, b));
    }

    void healAll() {
        parted.clear();
    }

    /** Connections that are whole at both ends. */
    List<Connection> connections() {
        connections.removeIf(Connection::isOver);
        return List.copyOf(connections);
    }

    /** The node is gone, and the others will notice. */
    void died(Node node) {
        for (Connection connection : connections()) {
            connection.cutIfOf(node);
        }
    }

    /** How long the next message takes. */
    long delayNanos() {
        if (slowness > 0 && random.nextInt(slowness) == 0) {
            return random.nextLong(MILLISECOND, 400 * MILLISECOND);
        }
        return random.nextLong(20 * MICROSECOND, 600 * MICROSECOND);
    }

    /** How long it takes a node to notice that a connection is gone. */
    long noticeNanos() {
        return random.nextInt(4) == 0
                ? random.nextLong(MILLISECOND, 3_000 * MILLISECOND)
                : random.nextLong(20 * MICROSECOND, 5 * MILLISECOND);
    }
}
