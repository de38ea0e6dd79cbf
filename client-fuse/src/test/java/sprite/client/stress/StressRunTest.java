package sprite.client.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.stress.workload.Catalog;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Effect;
import sprite.consistency.history.History;
import sprite.consistency.verdict.HistoryCheck;
import sprite.consistency.verdict.Story;

/** Every workload on a local directory, which keeps every promise; whoever runs this twice sees other histories. */
final class StressRunTest {
    private static final Duration NEVER = Duration.ZERO;

    @TempDir
    private Path directory = Path.of("");

    /** Keeps what it is told. Confined to one thread. */
    static final class Kept implements Observer {
        final List<Window> windows = new ArrayList<>();
        final List<String> skipped = new ArrayList<>();

        @Override
        public void begin(History.Cast cast) {
            assertEquals(2, cast.mounts().size());
        }

        @Override
        public void window(Window window) {
            windows.add(window);
        }

        @Override
        public void watchdog(String text) {
            throw new AssertionError(text);
        }

        @Override
        public void skipped(String workload) {
            skipped.add(workload);
        }

        /** But for torn blocks: Linux' local file systems let a read see half of a write that is under way. */
        void assertExplained() {
            String stories = windows.stream()
                    .flatMap(window -> HistoryCheck.check(window.history()).violations().stream()
                            .map(violation ->
                                    Story.of(violation, window.history().cast())))
                    .filter(story -> !story.contains("=torn"))
                    .collect(Collectors.joining("\n"));
            assertEquals("", stories);
        }
    }

    private StressPlan plan(List<WorkloadKind> workloads, Duration length) {
        return plan(workloads, length, new Troubles.None());
    }

    private StressPlan plan(List<WorkloadKind> workloads, Duration length, Troubles troubles) {
        return new StressPlan(
                List.of(directory, directory),
                List.of("one", "two"),
                workloads,
                length,
                Duration.ofMillis(400),
                1,
                2,
                7,
                troubles,
                NEVER);
    }

    private Kept run(StressPlan plan) throws StressException, IOException {
        var kept = new Kept();
        try (var run = new StressRun(plan, Inquiry.NONE)) {
            run.run(kept);
            assertEquals(Map.of(), run.errors());
        }
        return kept;
    }

    @Test
    void everyWorkloadIsExplainedOnALocalDirectory() throws Exception {
        for (WorkloadKind kind : Catalog.all()) {
            Kept kept = run(plan(List.of(kind), Duration.ofMillis(1)));
            assertEquals(List.of(), kept.skipped);
            assertEquals(1, kept.windows.size());
            Observer.Window window = kept.windows.getFirst();
            window.history().requireJudgeable();
            kept.assertExplained();
            assertFalse(window.history().operations().isEmpty(), kind.name());
        }
    }

    @Test
    void allKindsOfOperationsOccur() throws Exception {
        Set<Effect> effects = new TreeSet<>();
        long deadline = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (effects.size() < Effect.values().length && System.nanoTime() < deadline) {
            for (String name : List.of("appends", "locks")) {
                Kept kept = run(plan(List.of(Catalog.find(name).orElseThrow()), Duration.ofMillis(1)));
                kept.windows
                        .getFirst()
                        .history()
                        .operations()
                        .forEach(operation -> effects.add(operation.deed().effect()));
            }
        }
        assertEquals(Set.of(Effect.values()), effects);
    }

    @Test
    void whatARunMadeIsRemoved() throws Exception {
        run(plan(List.of(Catalog.all().getFirst()), Duration.ofMillis(1)));
        try (var left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void whatIsUnderWayWhileAMountIsAwayIsNotBelieved() throws Exception {
        // The "mount" is only said to be away: whatever is found there is right, and nothing is lost.
        Kept kept = run(plan(
                List.of(Catalog.find("mixed").orElseThrow()),
                Duration.ofSeconds(2),
                new Troubles.Remounts("test -d \"$MOUNT\"")));
        kept.assertExplained();
        for (Observer.Window window : kept.windows) {
            List<Crash> crashes = window.history().crashes();
            assertEquals(1, crashes.size());
            window.history().requireJudgeable();
        }
    }

    /** The program says so, and nothing happens: whatever is found is right. */
    private static final String FAULTS = """
            say() { echo "$*"; read -r _; }
            say cut one; say whole one; say "done one was out of reach"
            say down two; say up two; say "done two was killed"
            say cut one; say kept one; say lost two
            """;

    @Test
    void aFaultProgramIsBelievedAndItsFaultsAreCounted() throws Exception {
        var plan =
                plan(List.of(Catalog.find("sharing").orElseThrow()), Duration.ofMillis(1), new Troubles.Faults(FAULTS));
        var kept = new Kept();
        try (var run = new StressRun(plan, Inquiry.NONE)) {
            run.run(kept);
            assertEquals(List.of("one was out of reach", "two was killed"), run.faults());
        }
        History history = kept.windows.getFirst().history();
        assertEquals(
                List.of("one", "two", "two"),
                history.crashes().stream().map(Crash::mount).toList());
        history.requireJudgeable();
        kept.assertExplained();
        assertEquals(
                Set.of("one.0", "one.2", "two.1", "two.3"),
                history.cast().processes().keySet());
    }

    @Test
    void aFaultThatCouldNotBeBroughtAboutEndsTheRunAndSaysWhy() {
        for (String[] program : new String[][] {
            {"echo no such host; exit 1", "a fault of window 1 could not be brought about: no such host"},
            {"echo down three", "speaks of three; there are [one, two]"},
            {"echo cut one", "left [one] as they were"},
            {"echo up one", "but it was not down or cut"},
        }) {
            var plan = plan(
                    List.of(Catalog.find("sharing").orElseThrow()),
                    Duration.ofMillis(1),
                    new Troubles.Faults(program[0]));
            StressException refusal = assertThrows(StressException.class, () -> run(plan));
            assertTrue(String.valueOf(refusal.getMessage()).contains(program[1]), refusal.getMessage());
        }
    }

    @Test
    void mountsOfDifferentDirectoriesAreRefused(@TempDir Path other) {
        var plan = new StressPlan(
                List.of(directory, other.resolve("none")),
                List.of(),
                Catalog.all(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                1,
                1,
                1,
                new Troubles.None(),
                NEVER);
        assertThrows(StressException.class, () -> run(plan));
    }
}
