package sprite.client.simulation;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import sprite.client.space.MountedSpace;

/** One seed, from the first server's start to the last look. Confined to the thread that makes it. */
public final class World {
    private static final Duration LIMIT = Duration.ofMinutes(30);

    private final long seed;
    private final SplittableRandom random;
    private final Trace trace = new Trace();
    private final Scheduler scheduler;
    private final Network network;
    private final Fleet fleet;
    private final Shared shared = new Shared();
    private int working;
    private int checked;

    private World(long seed, Memory memory) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        int[] preemptions = {0, 40, 10, 4};
        this.scheduler = new Scheduler(random.split(), preemptions[random.nextInt(4)]);
        trace.begin(scheduler);
        int[] slowness = {0, 50, 10};
        this.network = new Network(scheduler, random.split(), trace, memory, slowness[random.nextInt(3)]);
        this.fleet = new Fleet(scheduler, network, random.split());
    }

    /** Runs worlds one after the other. Confined to a thread. */
    public static final class Sequence implements Seeds {
        private final Memory memory = new Memory();

        @Override
        public Report run(long seed, int lines) {
            try {
                return new World(seed, memory).run(lines);
            } finally {
                memory.recycle();
            }
        }
    }

    private Report run(int lines) {
        fleet.addServer("/");
        run(fleet::isServing, "start");
        int clients = 2 + random.nextInt(2);
        int threads = 1 + random.nextInt(3);
        int steps = 10 + random.nextInt(30);
        Node[] nodes = new Node[clients];
        MountedSpace[] mounts = new MountedSpace[clients];
        for (int i = 0; i < clients; i++) {
            nodes[i] = fleet.addClient(i + 1);
        }
        working = 1;
        for (int i = 0; i < clients; i++) {
            int index = i;
            SplittableRandom own = random.split();
            Duration delay = own.nextBoolean() ? Duration.ofSeconds(30) : Duration.ofMillis(own.nextInt(20, 400));
            nodes[i].start("mount", () -> {
                try {
                    mounts[index] = fleet.mount(nodes[index], index + 1, 64 << 20, delay);
                    if (index == 0) {
                        new Program(nodes[0], mounts[0], shared, 99, own).prepare();
                        working = 0;
                    }
                } catch (Exception e) {
                    scheduler.fail(e);
                }
            });
        }
        run(() -> working == 0 && java.util.Arrays.stream(mounts).allMatch(m -> m != null), "prepare");
        working = clients * threads;
        for (int i = 0; i < working; i++) {
            int index = i % clients;
            Program program = new Program(nodes[index], mounts[index], shared, i + 1, random.split());
            nodes[index].start("program " + (i + 1), () -> {
                try {
                    program.run(steps);
                    working--;
                } catch (Exception e) {
                    scheduler.fail(e);
                }
            });
        }
        run(() -> working == 0, "work");
        checked = clients;
        for (int i = 0; i < clients; i++) {
            int index = i;
            Program program = new Program(nodes[index], mounts[index], shared, 100 + i, random.split());
            nodes[index].start("check", () -> {
                try {
                    program.check();
                    checked--;
                } catch (Exception e) {
                    scheduler.fail(e);
                }
            });
        }
        run(() -> checked == 0, "check");
        Throwable failure = scheduler.failure();
        return new Report(
                seed,
                failure,
                scheduler.steps(),
                scheduler.nowNanos(),
                scheduler.hash(),
                failure == null ? List.of() : trace.last(lines));
    }

    private void run(java.util.function.BooleanSupplier done, String what) {
        if (scheduler.failure() == null && !scheduler.run(done, LIMIT.toNanos()) && scheduler.failure() == null) {
            scheduler.fail(new AssertionError(what + ": not done after " + scheduler.nowNanos() / 1e9 + " s"));
        }
    }
}
