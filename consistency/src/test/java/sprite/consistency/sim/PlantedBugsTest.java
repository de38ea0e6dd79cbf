package sprite.consistency.sim;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A simulation that finds nothing proves nothing unless it is known to find what is there: each planted bug has to be
 * caught. {@code -Dbugs.table=true} also counts how many of 1,000 seeds catch each, and prints the table of the design
 * notes.
 */
class PlantedBugsTest {
    private static final int MOST_SEEDS = 12_000;
    private static final int TABLE_SEEDS = 1_000;

    @Test
    void everyPlantedBugIsCaught() {
        boolean table = Boolean.getBoolean("bugs.table");
        Set<Bug> escaped = EnumSet.noneOf(Bug.class);
        for (Bug bug : Bug.values()) {
            long first = firstCatch(bug);
            if (first < 0) {
                escaped.add(bug);
            }
            System.out.printf(
                    table ? "| `%s` | %4$s | %2$,d | %3$,d |%n" : "planted bug: %-30s first caught by seed %5d  %4$s%n",
                    bug,
                    first,
                    table ? catches(bug) : 0,
                    bug.description());
        }
        assertTrue(escaped.isEmpty(), () -> "nobody noticed " + escaped);
    }

    private static long firstCatch(Bug bug) {
        for (long seed = 1; seed <= MOST_SEEDS; seed++) {
            if (isCaught(bug, seed) && !isCaught(null, seed)) {
                return seed;
            }
        }
        return -1;
    }

    private static int catches(Bug bug) {
        int count = 0;
        for (long seed = 1; seed <= TABLE_SEEDS; seed++) {
            count += isCaught(bug, seed) ? 1 : 0;
        }
        return count;
    }

    private static boolean isCaught(@Nullable Bug bug, long seed) {
        World world = new World(seed, bug, false);
        try {
            world.run();
            return false;
        } catch (Violation caught) {
            return true;
        }
    }
}
