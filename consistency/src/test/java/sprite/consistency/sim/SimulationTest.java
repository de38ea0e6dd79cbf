package sprite.consistency.sim;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Thousands of small worlds, each determined by its seed. {@code -Dseeds=N} sets how many (default 3,000),
 * {@code -Dseed=N} replays one.
 */
class SimulationTest {
    private static final int USUAL_SEEDS = 3_000;
    private static final int ENOUGH_FOR_ALL_MARKS = 1_000;

    @Test
    void everyPromiseIsKeptInEveryWorld() {
        Long single = Long.getLong("seed");
        long first = single == null ? 1 : single;
        long last = single == null ? Long.getLong("seeds", USUAL_SEEDS) : single;
        Map<Mark, Integer> marks = new EnumMap<>(Mark.class);
        long steps = 0;
        for (long seed = first; seed <= last; seed++) {
            World world = new World(seed, null, false);
            runOrExplain(world, seed);
            steps += world.steps();
            world.marks().forEach((mark, count) -> marks.merge(mark, count, Integer::sum));
        }
        System.out.printf("simulation: %d seeds, %d calls, marks %s%n", last - first + 1, steps, marks);
        if (last - first + 1 >= ENOUGH_FOR_ALL_MARKS) {
            Set<Mark> missed = EnumSet.allOf(Mark.class);
            missed.removeAll(marks.keySet());
            assertTrue(missed.isEmpty(), () -> "never reached, so nothing is proven about: " + missed);
        }
    }

    private static void runOrExplain(World world, long seed) {
        try {
            world.run();
        } catch (Violation broken) {
            World again = new World(seed, null, true);
            assertThrows(Violation.class, again::run, "a seed must replay");
            fail(
                    "seed " + seed + ": " + broken.getMessage() + "\n" + again.recentHistory()
                            + "\nreplay with: scripts/mvn -pl consistency -am test -Dtest=SimulationTest"
                            + " -Dsurefire.failIfNoSpecifiedTests=false -Dseed=" + seed,
                    broken);
        }
    }
}
