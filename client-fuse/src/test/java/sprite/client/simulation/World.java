package sprite.client.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.client.fs.FileSystem;
import sprite.client.space.MountedSpace;
import sprite.common.error.FsException;
import sprite.server.session.Holdings;

/** One seed, from the first server's start to the last look. Confined to the thread that makes it. */
public final class World {
    private static final Duration LIMIT = Duration.ofMinutes(30);

    private static final Set<Fault> WITH_ONE_CLIENT =
            EnumSet.of(Fault.CUT, Fault.PARTITION, Fault.SERVER_RESTART, Fault.POWER_LOSS);
    private static final Set<Fault> WITH_SEVERAL =
            EnumSet.of(Fault.CUT, Fault.PARTITION, Fault.CLIENT_CRASH, Fault.SERVER_RESTART, Fault.POWER_LOSS);

    /** Whether worlds go on in which a client that lives was declared dead; those with planted bugs do. */
    private static final boolean OUTLIVED = Boolean.getBoolean("outlived");

    /** Number of a client beside the others, and of its first program. */
    private static final int GUEST = 70;

    private static final int GUESTS = 3;

    /** Added to the number of a program whose client was declared dead. */
    private static final int AFTER_DEATH = 50;

    private static final int FEW_GRANTS = 3;

    private final long seed;
    private final SplittableRandom random;
    private final Trace trace = new Trace();
    private final Scheduler scheduler;
    private final Network network;
    private final Fleet fleet;
    private final Chaos chaos;
    private final Shared shared;
    private final int clients;
    private final List<Node> nodes = new ArrayList<>();
    private final List<FileSystem> mounts = new ArrayList<>();
    private final List<Running> working = new ArrayList<>();
    private boolean abandoned;

    private World(long seed, Memory memory, @Nullable Bug bug) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        int[] preemptions = {0, 40, 10, 4};
        this.scheduler = new Scheduler(random.split(), preemptions[random.nextInt(4)]);
        trace.begin(scheduler);
        int[] slowness = {0, 50, 10};
        this.network = new Network(scheduler, random.split(), trace, memory, slowness[random.nextInt(3)], bug);
        this.fleet = new Fleet(scheduler, network, random.split(), grantsMax(), seed % 2 == 0);
        this.clients = random.nextInt(6) == 0 ? 1 : 2 + random.nextInt(2);
        this.chaos =
                new Chaos(scheduler, network, fleet, random.split(), clients == 1 ? WITH_ONE_CLIENT : WITH_SEVERAL);
        this.shared = new Shared(!chaos.kinds().isEmpty());
    }

    /** In every eighth world servers go on taking back what clients use. */
    private int grantsMax() {
        return network.bug() == null && seed % 8 == 6 ? FEW_GRANTS : Holdings.GRANTS_MAX;
    }

    /** Runs worlds one after the other. Confined to a thread. */
    public static final class Sequence implements Seeds {
        private final Memory memory = new Memory();

        /** What a class does when it is used first would be part of the first world only. */
        public Sequence() {
            boolean _ = Box.NONE.isKept();
        }

        @Override
        public Report run(long seed, String bug, int lines) {
            try {
                return new World(seed, memory, bug.isEmpty() ? null : Bug.valueOf(bug)).run(lines);
            } finally {
                memory.recycle();
            }
        }
    }

    private Report run(int lines) {
        fleet.addServer("/");
        if (random.nextInt(3) == 0) {
            fleet.addServer("/projects");
            shared.hasProjects = true;
        }
        run(fleet::isServing, "start");
        network.onDeath(this::declaredDead);
        mount(0, clients);
        if (!mounts.isEmpty()) {
            Program first = program(0, 99);
            begin(nodes.getFirst(), "prepare", first::prepare);
            run(this::isDone, "prepare");
        }
        Runnable guest = clients > 1 && seed % 12 == 3 && !mounts.isEmpty() ? invite() : () -> {};
        chaos.begin(List.copyOf(nodes), this::powerLost);
        guest.run();
        int threads = 1 + random.nextInt(3);
        int steps = 10 + random.nextInt(30);
        for (int i = 0; i < mounts.size() * threads; i++) {
            work(i % clients, i + 1, steps);
        }
        run(this::isDone, "work");
        chaos.end();
        run(fleet::isServing, "start again");
        if (nodes.stream().allMatch(Node::isDead)) {
            mount(nodes.size(), 1);
        }
        for (int i = 0; i < mounts.size(); i++) {
            if (!nodes.get(i).isDead()) {
                Program program = program(i, 100 + i);
                begin(nodes.get(i), "check", program::check);
            }
        }
        run(this::isDone, "check");
        Throwable failure = scheduler.failure();
        return new Report(
                seed,
                failure,
                scheduler.steps(),
                scheduler.nowNanos(),
                scheduler.hash(),
                names(network.marks().reached()),
                failure == null ? List.of() : trace.last(lines));
    }

    /** A program, and another one if its client is declared dead and lives. */
    private void work(int client, int number, int steps) {
        Node node = nodes.get(client);
        Program program = program(client, number);
        begin(node, "program " + number, () -> {
            try {
                program.run(steps);
            } catch (Interrupted e) {
                program(client, AFTER_DEATH + number).run(steps);
            }
        });
    }

    private Program program(int client, int number) {
        boolean locks = !chaos.kinds().contains(Fault.POWER_LOSS);
        return new Program(nodes.get(client), mounts.get(client), shared, locks, number, random.split());
    }

    /** A client that only reads, of which the mount ends before its programs do; returns what begins its program. */
    private Runnable invite() {
        Node node = fleet.addClient(GUEST);
        SplittableRandom guests = random.split();
        List<KernelPages> kernel = new ArrayList<>();
        List<FileSystem> mount = new ArrayList<>();
        begin(node, "mount", () -> {
            MountedSpace space = fleet.mount(node, GUEST, 64 << 20, Duration.ofSeconds(30));
            kernel.add(KernelPages.under(node, space));
            mount.add(kernel.getFirst().programs(true, false));
        });
        run(this::isDone, "mount of a guest");
        Runnable ends = () -> {
            Program.sleep(node, guests.nextLong(3_000_000_000L));
            trace.did(node, "UMOUNT", "");
            kernel.getFirst().endMount();
        };
        AtomicInteger ready = new AtomicInteger();
        return () -> {
            for (int i = 0; i < GUESTS; i++) {
                Program program = new Program(node, mount.getFirst(), shared, false, GUEST + i, guests.split());
                begin(
                        node,
                        "guest " + i,
                        () -> program.watch(200, () -> {
                            if (ready.incrementAndGet() == GUESTS) {
                                node.start("end of the mount", ends);
                            }
                        }));
            }
        };
    }

    /** What it alone knew may be lost. If it lives, "Worlds" in the design notes says why the world ends. */
    private void declaredDead(Node client) {
        shared.lost(client);
        if (!client.isDead()) {
            network.marks().reach(Mark.OUTLIVED);
            abandoned = !OUTLIVED && network.bug() == null;
            if (chaos.kinds().isEmpty()) {
                scheduler.fail(new AssertionError(client + " was declared dead, though nothing went wrong"));
            }
        }
    }

    /** What was not synced is gone, and clients send again what they wrote of it. */
    private void powerLost() {
        shared.powerLost(
                writer -> !(writer instanceof Node node) || node.isDead() || node.isDeclaredDead(),
                network.marks()::wentPast);
        network.powerLost();
    }

    private void mount(int first, int count) {
        FileSystem[] made = new FileSystem[count];
        for (int i = 0; i < count; i++) {
            int index = i;
            int number = first + i + 1;
            Node node = fleet.addClient(number);
            nodes.add(node);
            Duration delay = random.nextBoolean() ? Duration.ofSeconds(30) : Duration.ofMillis(random.nextInt(20, 400));
            begin(node, "mount", () -> {
                MountedSpace space = fleet.mount(node, number, 64 << 20, delay);
                made[index] = seed % 3 == 0 ? KernelPages.over(node, space, seed % 2 == 0, stores()) : space;
            });
        }
        run(this::isDone, "mount");
        if (scheduler.failure() == null && !abandoned) {
            mounts.addAll(List.of(made));
        }
    }

    /** Not where power is lost: of a page that was brought back past a cache nobody knows whose values it had. */
    private boolean stores() {
        return seed % 9 != 0 && !chaos.kinds().contains(Fault.POWER_LOSS);
    }

    /** What a thread does. */
    private interface Body {
        void run() throws FsException;
    }

    private void begin(Node node, String name, Body body) {
        Running running = new Running(node);
        working.add(running);
        node.start(name, () -> {
            try {
                body.run();
            } catch (FsException e) {
                scheduler.fail(e);
            } catch (Interrupted e) {
                trace.did(node, name, "ends with its client");
            }
            running.over = true;
        });
    }

    /** A thread that is to come to an end. */
    private static final class Running {
        private final Node node;
        private boolean over;

        Running(Node node) {
            this.node = node;
        }
    }

    private boolean isDone() {
        working.removeIf(running -> running.over || running.node.isDead());
        return working.isEmpty();
    }

    private static Map<String, Integer> names(Map<Mark, Integer> marks) {
        Map<String, Integer> named = new TreeMap<>();
        marks.forEach((mark, times) -> named.put(mark.name(), times));
        return named;
    }

    private void run(java.util.function.BooleanSupplier done, String what) {
        boolean over = abandoned || scheduler.failure() != null;
        if (!over
                && !scheduler.run(() -> abandoned || done.getAsBoolean(), LIMIT.toNanos())
                && scheduler.failure() == null) {
            scheduler.fail(new AssertionError(what + ": not done after " + scheduler.nowNanos() / 1e9 + " s"));
        }
    }
}
