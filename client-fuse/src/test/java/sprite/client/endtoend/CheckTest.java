package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import sprite.client.stress.Inquiry;
import sprite.client.stress.Observer;
import sprite.client.stress.StressPlan;
import sprite.client.stress.StressRun;
import sprite.client.stress.Troubles;
import sprite.client.stress.WorkloadKind;
import sprite.client.stress.workload.Catalog;
import sprite.consistency.history.History;
import sprite.consistency.verdict.HistoryCheck;
import sprite.consistency.verdict.Story;

/** What the product does on two real mounts is recorded and judged; so is what it would do with a bug in it. */
@ExtendWith(OnTwoMounts.class)
final class CheckTest {
    private static final Duration CAUGHT_MAX = Duration.ofMinutes(2);

    /** Judges windows. Confined to one thread. */
    private static final class Judge implements Observer {
        private final List<String> stories = new ArrayList<>();
        private long operations;
        private Map<String, Integer> errors = Map.of();

        @Override
        public void begin(History.Cast cast) {}

        @Override
        public void window(Window window) {
            operations += window.history().operations().size();
            HistoryCheck.check(window.history())
                    .violations()
                    .forEach(violation ->
                            stories.add(Story.of(violation, window.history().cast())));
        }

        @Override
        public void watchdog(String text) {}

        @Override
        public void skipped(String workload) {}
    }

    private static Judge run(List<Path> mounts, Duration length, String... names) throws Exception {
        List<WorkloadKind> workloads = new ArrayList<>();
        for (String name : names) {
            workloads.add(Catalog.find(name).orElseThrow());
        }
        var judge = new Judge();
        var plan = new StressPlan(
                mounts,
                List.of(),
                workloads,
                length,
                Duration.ofSeconds(1),
                1,
                2,
                System.nanoTime(),
                new Troubles.None(),
                Duration.ZERO);
        try (var run = new StressRun(plan, Inquiry.NONE)) {
            run.run(judge);
            judge.errors = run.errors();
        }
        return judge;
    }

    @Test
    void whatTwoMountsDoCanBeExplained(TwoMounts mounts) throws Exception {
        Judge judge = run(
                List.of(mounts.at("a"), mounts.at("b")),
                Duration.ofSeconds(6),
                "handoff",
                "sharing",
                "appends",
                "locks",
                "truncates");
        assertEquals("", String.join("\n", judge.stories));
        assertTrue(judge.operations > 0);
    }

    @Test
    void namesThatAreReplacedAreThereAllTheTime(TwoMounts mounts) throws Exception {
        mounts.mount("kernel-1", "--driver", "kernel");
        mounts.mount("kernel-2", "--driver", "kernel");
        Judge judge = run(
                List.of(mounts.at("kernel-1"), mounts.at("kernel-2")), Duration.ofSeconds(4), "renames", "directories");
        assertEquals("", String.join("\n", judge.stories));
        assertEquals(
                List.of(),
                judge.errors.keySet().stream()
                        .filter(error -> error.contains("ESTALE") || error.contains("ENOENT"))
                        .toList());
    }

    @Test
    void aMountThatIgnoresInvalidationsIsCaught(TwoMounts mounts) throws Exception {
        mounts.mount("planted-1", "--debug-skip-invalidation");
        mounts.mount("planted-2", "--debug-skip-invalidation");
        List<Path> places = List.of(mounts.at("planted-1"), mounts.at("planted-2"));
        long deadline = System.nanoTime() + CAUGHT_MAX.toNanos();
        List<String> stories = List.of();
        while (stories.isEmpty() && System.nanoTime() < deadline) {
            stories = run(places, Duration.ofSeconds(1), "sharing").stories;
        }
        assertFalse(stories.isEmpty());
        assertTrue(stories.getFirst().startsWith("VIOLATION: "), stories.getFirst());
        assertTrue(stories.getFirst().contains(mounts.at("planted-1").toString())
                || stories.getFirst().contains(mounts.at("planted-2").toString()));
    }
}
