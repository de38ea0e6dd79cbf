package sprite.client.stress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sprite.consistency.history.Crash;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;

/**
 * Runs workloads in turn on some mounts, and gives the history of each window away, so that memory is bounded however
 * long it takes. Confined to one thread; the workers have theirs.
 */
public final class StressRun implements AutoCloseable {
    /** Most operations in one window, which are kept in memory until it is judged. */
    private static final int OPERATIONS_MAX = 800_000;

    /** Longest that a call may take when the window is over. */
    private static final Duration CALL_MAX = Duration.ofSeconds(90);

    /** The same when a fault could not be brought about, and nothing will be judged. */
    private static final Duration AFTER_FAILURE_MAX = Duration.ofSeconds(10);

    private final StressPlan plan;
    private final List<Place> places;
    private final String directory;
    private final List<Worker> workers = new ArrayList<>();
    private final long originNanos = System.nanoTime();
    private final @Nullable Disturbance disturbance;
    private final List<String> faults = new ArrayList<>();
    private final Hands hands = new Hands();
    private final Inquiry inquiry;
    private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
    private @Nullable Watchdog watchdog;
    private boolean isStuck;

    /**
     * Makes a directory for the run on the mounts.
     *
     * @param inquiry whom the watchdog asks
     */
    public StressRun(StressPlan plan, Inquiry inquiry) throws StressException {
        this.inquiry = inquiry;
        this.plan = plan;
        places = Places.of(plan.mounts(), plan.names());
        directory = "spritefs-check-" + ProcessHandle.current().pid() + "-" + Long.toHexString(plan.seed());
        var common = new Worker.Common(
                directory, new AtomicLong(), hands, originNanos, !(plan.troubles() instanceof Troubles.None));
        var random = new SplittableRandom(plan.seed());
        for (int i = 0; i < plan.processes() * places.size(); i++) {
            Place place = places.get(i % places.size());
            workers.add(new Worker(i, place, common, random.nextLong()));
        }
        disturbance = switch (plan.troubles()) {
            case Troubles.None _ -> null;
            case Troubles.Remounts remounts -> new Disturber(remounts.command(), places, originNanos);
            case Troubles.Faults program -> new FaultProgram(program.command(), places, originNanos, faults::add);
        };
        Places.makeShared(calls, places, directory);
    }

    /** Runs all windows. */
    public void run(Observer observer) throws StressException, IOException {
        try (var watching = new Watchdog(plan.watchdog(), watched(), hands, inquiry, observer::watchdog, originNanos)) {
            watchdog = watching;
            watching.begin();
            runWindows(observer);
        }
    }

    private List<Watchdog.Watched> watched() {
        List<Watchdog.Watched> all = new ArrayList<>();
        workers.forEach(worker -> all.addAll(worker.watched()));
        Place first = places.getFirst();
        all.add(new Watchdog.Watched("the cleaner", first, first.path() + "/" + directory, calls.progress()));
        return all;
    }

    private void runWindows(Observer observer) throws StressException, IOException {
        History.Cast cast = cast();
        observer.begin(cast);
        List<WorkloadKind> left = new ArrayList<>(plan.workloads());
        for (int number = 1; !left.isEmpty() && (number <= plan.windowsMin() || !isOver()); number++) {
            WorkloadKind kind = left.removeFirst();
            if (window(number, kind, cast, observer)) {
                left.add(kind);
            } else {
                observer.skipped(kind.name());
            }
        }
        if (left.isEmpty()) {
            throw new StressException("this file system can have none of the workloads"
                    + (errors().isEmpty() ? "" : ": " + String.join(", ", errors().keySet())));
        }
    }

    /** Calls that failed though they should not have, with their number. */
    public Map<String, Integer> errors() {
        Map<String, Integer> all = new TreeMap<>();
        workers.forEach(worker -> worker.errors().forEach((error, count) -> all.merge(error, count, Integer::sum)));
        return all;
    }

    /** How many system calls have taken longer than the plan allows. */
    public int stuck() {
        return watchdog == null ? 0 : watchdog.stuck();
    }

    /** The longest system call that does not wait for a lock: how long, whose, which. Empty if there was none. */
    public String longest() {
        return watchdog == null ? "" : watchdog.longest();
    }

    /** Faults that were brought about, in their order. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    private boolean isOver() {
        return System.nanoTime() - originNanos >= plan.length().toNanos();
    }

    private History.Cast cast() {
        var mounts = new TreeMap<String, String>();
        var processes = new TreeMap<String, String>();
        places.forEach(place -> mounts.put(place.name(), place.text() + " (" + place.type() + ")"));
        workers.forEach(worker -> processes.put(worker.name(), worker.place().name()));
        return new History.Cast(mounts, processes);
    }

    /** Whether the workload can be had. */
    private boolean window(int number, WorkloadKind kind, History.Cast cast, Observer observer)
            throws StressException, IOException {
        Workload workload = kind.maker().apply(number + "/" + kind.name());
        Worker first = workers.getFirst();
        if (first.calls().mkdir(first.path(Integer.toString(number))) < 0 || !workload.prepare(first)) {
            return false;
        }
        long start = System.nanoTime();
        List<Crash> crashes;
        try {
            crashes = work(workload, number);
        } catch (InterruptedException e) {
            isStuck = true;
            Thread.currentThread().interrupt();
            throw new StressException("interrupted");
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        workers.forEach(workload::conclude);
        List<Operation> operations = new ArrayList<>();
        workers.forEach(worker -> operations.addAll(worker.takeOperations()));
        observer.window(new Observer.Window(number, kind.name(), new History(cast, operations, crashes), took));
        hands.forget();
        Places.remove(calls, tree(Integer.toString(number)));
        return true;
    }

    private String tree(String below) {
        return places.getFirst().path().resolve(directory).resolve(below).toString();
    }

    /** All workers work until the window is over. */
    private List<Crash> work(Workload workload, int number) throws StressException, InterruptedException {
        var stop = new AtomicBoolean();
        var broken = new AtomicReference<@Nullable Throwable>();
        var working = new CountDownLatch(workers.size());
        for (Worker worker : workers) {
            Thread.ofPlatform().daemon().name("worker " + worker.name()).start(() -> {
                try {
                    while (!stop.get() && worker.operationCount() < OPERATIONS_MAX / workers.size()) {
                        workload.step(worker);
                    }
                } catch (RuntimeException | Error e) {
                    broken.compareAndSet(null, e);
                } finally {
                    working.countDown();
                }
            });
        }
        List<Crash> crashes = new ArrayList<>();
        try {
            if (disturbance != null) {
                var _ = working.await(plan.window().toMillis() / 3, TimeUnit.MILLISECONDS);
                crashes.addAll(disturbance.disturb(number));
            }
            if (disturbance == null || !disturbance.endsWindow()) {
                var _ = working.await(plan.window().toMillis(), TimeUnit.MILLISECONDS);
            }
            stop.set(true);
            isStuck = !working.await(CALL_MAX.toMillis(), TimeUnit.MILLISECONDS);
            if (isStuck) {
                throw new StressException(notReturning());
            }
        } catch (StressException e) {
            stop.set(true);
            isStuck = isStuck || !working.await(AFTER_FAILURE_MAX.toMillis(), TimeUnit.MILLISECONDS);
            throw e;
        } finally {
            stop.set(true);
        }
        if (broken.get() != null) {
            throw new IllegalStateException("a workload is broken", broken.get());
        }
        return crashes;
    }

    private String notReturning() {
        var text = new StringBuilder("calls do not return:");
        for (Watchdog.Watched process : watched()) {
            UnderWay call = process.progress().now();
            long seconds = call == null ? 0 : TimeUnit.NANOSECONDS.toSeconds(call.tookNanos());
            if (call != null && seconds > 0) {
                text.append(" ").append(call.call()).append(" of ").append(process.who());
                text.append(" at ")
                        .append(process.place().text())
                        .append(" for ")
                        .append(seconds)
                        .append(" s;");
            }
        }
        return text.substring(0, text.length() - 1);
    }

    /** Removes the run's directory, unless calls do not return: this would not either. */
    @Override
    public void close() {
        if (!isStuck) {
            workers.forEach(Worker::close);
            Places.remove(calls, tree(""));
        }
    }
}
