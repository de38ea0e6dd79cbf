package sprite.client.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.client.stress.Observer;
import sprite.client.stress.StressRun;
import sprite.consistency.history.History;
import sprite.consistency.verdict.Verdict;

/**
 * What becomes of a run's windows: written to a file, judged, counted and told. Confined to one thread; what the
 * watchdog says comes on its own, and only goes to the printer, which is thread-safe.
 */
final class Recording implements Observer {
    private static final long PROGRESS_NANOS = 10_000_000_000L;

    private final PrintWriter out;
    private final PrintWriter err;
    private final @Nullable Path file;
    private final @Nullable Findings findings;
    private final long seed;
    private final Limit limit;
    private final Map<String, Tally> tallies = new TreeMap<>();
    private final long startNanos = System.nanoTime();
    private long toldNanos = startNanos;
    private boolean isLate;
    private @Nullable HistoryFile history;
    private @Nullable Path kept;
    private History.@Nullable Cast cast;

    /**
     * How long an operation may take. Immutable.
     *
     * @param isPromise it is wrong to take longer; else there is a reason to expect it
     */
    record Limit(Duration most, boolean isPromise) {
        String broken(int times) {
            return times + " operations did not move for " + most.toSeconds() + " s";
        }
    }

    /** Of one workload. Confined to one thread. */
    private static final class Tally {
        private long operations;
        private Duration took = Duration.ZERO;
        private int windows;
        private int violations;
    }

    /**
     * Of a run.
     *
     * @param file where to write the whole history; null: nowhere
     * @param stories how many violations to tell in full; below 0: do not judge
     */
    Recording(PrintWriter out, PrintWriter err, @Nullable Path file, int stories, long seed, Limit limit) {
        this.out = out;
        this.err = err;
        this.file = file;
        this.findings = stories < 0 ? null : new Findings(stories, out);
        this.seed = seed;
        this.limit = limit;
    }

    @Override
    public void begin(History.Cast everybody) throws IOException {
        cast = everybody;
        everybody.mounts().forEach((name, place) -> out.println("mount " + name + ": " + place));
        out.println(everybody.processes().size() + " processes, seed " + seed);
        out.flush();
        if (file != null) {
            history = new HistoryFile(file, everybody);
        }
    }

    @Override
    public void skipped(String workload) {
        out.println(workload + ": left out; the file system does not support it");
        out.flush();
    }

    @Override
    public void watchdog(String text) {
        out.println(text);
        out.flush();
    }

    @Override
    public void window(Window window) throws IOException {
        if (history != null) {
            history.add(window);
        }
        Tally tally = tallies.computeIfAbsent(window.workload(), _ -> new Tally());
        tally.operations += window.history().operations().size();
        tally.took = tally.took.plus(window.took());
        tally.windows++;
        if (findings != null) {
            Verdict verdict = findings.judge(window.history());
            tally.violations += verdict.violations().size();
            if (!verdict.isClean() && kept == null) {
                keep(window);
            }
        }
        tellProgress(window);
    }

    /** The first window in which something was wrong, so that it can be judged again. */
    private void keep(Window window) throws IOException {
        if (file != null || cast == null) {
            return;
        }
        kept = Files.createTempFile("spritefs-history-", ".txt");
        try (var alone = new HistoryFile(kept, cast)) {
            alone.add(window);
        }
        out.println("the history of this window: " + kept);
        out.flush();
    }

    private void tellProgress(Window window) {
        long now = System.nanoTime();
        if (now - toldNanos < PROGRESS_NANOS) {
            return;
        }
        toldNanos = now;
        long operations =
                tallies.values().stream().mapToLong(tally -> tally.operations).sum();
        long seconds = (now - startNanos) / 1_000_000_000;
        err.println(seconds + " s: window " + window.number() + ", " + window.workload() + "; " + operations
                + " operations, " + operations / Math.max(1, seconds) + " per s"
                + (findings == null ? "" : ", " + findings.violations() + " violations"));
        err.flush();
    }

    /** Tells what there is to tell at the end. */
    void finish(StressRun run) throws IOException {
        if (history != null) {
            history.close();
        }
        out.printf(
                Locale.ROOT,
                "%-12s %8s %12s %8s%s%n",
                "workload",
                "windows",
                "operations",
                "per s",
                found("violations"));
        tallies.forEach((name, tally) -> out.printf(
                Locale.ROOT,
                "%-12s %8d %12d %8.0f%s%n",
                name,
                tally.windows,
                tally.operations,
                tally.operations / (tally.took.toNanos() / 1e9),
                found(Integer.toString(tally.violations))));
        run.faults().forEach(fault -> out.println("fault: " + fault));
        run.errors().forEach((error, count) -> out.println("failed " + count + " times: " + error));
        if (file != null) {
            out.println("history: " + file);
        }
        if (!run.longest().isEmpty()) {
            out.println("longest operation: " + run.longest());
        }
        int stuck = run.stuck();
        if (stuck > 0 && !limit.isPromise()) {
            out.println(limit.broken(stuck) + ", while there were faults");
        }
        isLate = stuck > 0 && limit.isPromise();
        String late = isLate ? limit.broken(stuck) : "";
        if (findings != null) {
            out.println(findings.summary() + (isLate ? "; " + late : ""));
        } else if (isLate) {
            out.println(late);
        }
        out.flush();
    }

    private String found(String what) {
        return findings == null ? "" : String.format(Locale.ROOT, " %10s", what);
    }

    boolean isClean() {
        return !isLate && (findings == null || findings.isClean());
    }
}
