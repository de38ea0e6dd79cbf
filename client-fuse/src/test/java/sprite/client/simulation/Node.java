package sprite.client.simulation;

import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A machine of the world: the threads on it share its fate and its clock. Confined to the world's carrier, but for
 * {@link #here}.
 */
final class Node {
    private static final InheritableThreadLocal<@Nullable Node> HERE = new InheritableThreadLocal<>();

    private final String name;
    private final Scheduler scheduler;
    private final Network network;
    private final Executor executor;
    private final long clockOffsetNanos;
    private final int clockPerMille;
    private boolean dead;
    private boolean hasLeft;

    /** The run of the machine, which a process that ends does not end. */
    private UUID run = new UUID(0, 0);

    private int deaths;

    /**
     * A machine on which nothing runs.
     *
     * @param clockPerMille by how much its clock is faster than time, or slower
     */
    Node(String name, Scheduler scheduler, Network network, long clockOffsetNanos, int clockPerMille) {
        this.clockPerMille = clockPerMille;
        this.name = name;
        this.scheduler = scheduler;
        this.network = network;
        this.executor = continuation -> scheduler.ready(this, continuation);
        this.clockOffsetNanos = clockOffsetNanos;
    }

    /** The node that the current thread runs on; null outside of a world. */
    static @Nullable Node here() {
        return HERE.get();
    }

    /** The current thread runs on this node. */
    static void enter(Node node) {
        HERE.set(node);
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Network network() {
        return network;
    }

    /** Schedules the node's threads. */
    Executor executor() {
        return executor;
    }

    /** Its own monotonic clock. */
    long nanoTime() {
        long now = scheduler.nowNanos();
        return clockOffsetNanos + now + now / 1_000 * clockPerMille;
    }

    void start(String thread, Runnable body) {
        scheduler.start(this, thread, body);
    }

    /** Another process, in a run of the machine that may have begun before. */
    Node inRun(UUID of) {
        run = of;
        return this;
    }

    UUID run() {
        return run;
    }

    /** None of its threads will ever run again. */
    void die() {
        dead = true;
    }

    boolean isDead() {
        return dead;
    }

    /** It takes leave of the servers: they are right to forget it. */
    void leave() {
        hasLeft = true;
    }

    boolean hasLeft() {
        return hasLeft;
    }

    /** A server believes that it is dead, rightly or not. */
    void declareDead() {
        deaths++;
    }

    /** How often a server has believed so. */
    int deaths() {
        return deaths;
    }

    boolean isDeclaredDead() {
        return deaths > 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
