package sprite.consistency.small;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sprite.consistency.sim.Bug;
import sprite.consistency.sim.Rules;

/**
 * Goes through small worlds from end to end. {@code -Dsmall.large=true} takes larger ones, for many minutes and some
 * gigabytes.
 */
class EveryInterleavingTest {
    private static final long MOST = 100_000_000;

    private static final List<Scope> USUAL = List.of(
            Scope.ofCalls(3, 3),
            Scope.ofCalls(2, 2, 1),
            Scope.ofProcesses(List.of(List.of(2, 1), List.of(2))),
            Scope.ofCalls(3, 2).withEvictions(),
            Scope.ofCalls(3, 2).withRepeats(1),
            Scope.ofCalls(2, 2).withCrashes(1).withEvictions(),
            Scope.ofCalls(1, 1, 1).withCrashes(1));

    private static final List<Scope> LARGE = List.of(
            Scope.ofCalls(4, 3),
            Scope.ofCalls(2, 2, 2),
            Scope.ofProcesses(List.of(List.of(2, 2), List.of(2))),
            Scope.ofCalls(3, 3).withEvictions().withRepeats(1),
            Scope.ofCalls(3, 2).withCrashes(1),
            Scope.ofCalls(2, 1, 1).withCrashes(1));

    private static final List<Scope> NAMES = List.of(
            lookups(Scope.ofCalls(3, 3)),
            lookups(Scope.ofCalls(2, 2, 1)),
            lookups(Scope.ofProcesses(List.of(List.of(2, 2), List.of(2)))),
            lookups(Scope.ofCalls(2, 2).withCrashes(1)),
            lookups(Scope.ofCalls(1, 1, 1).withCrashes(1)));

    /** Reads are lookups, and writes are changes. */
    static Scope lookups(Scope scope) {
        return scope.with(Call.Kind.READ, Call.Kind.WRITE).withoutScans();
    }

    /** What came of one scope. */
    private record Explored(Scope scope, Explorer.Outcome outcome) {
        @Override
        public String toString() {
            return "%s: %,d states, %,d transitions, %s"
                    .formatted(
                            scope,
                            outcome.states(),
                            outcome.transitions(),
                            outcome.complete() ? "complete" : "NOT COMPLETE");
        }
    }

    @Test
    void everyPromiseIsKeptWhateverTheOrder() {
        List<Scope> scopes = Boolean.getBoolean("small.large") ? LARGE : USUAL;
        List<String> failures = new ArrayList<>();
        scopes.parallelStream()
                .map(scope -> new Explored(scope, explore(scope, null, false)))
                .toList()
                .forEach(explored -> {
                    System.out.println("small world: " + explored);
                    if (!explored.outcome().complete()) {
                        failures.add(explored + "\n" + shortest(explored.scope()));
                    }
                });
        assertTrue(failures.isEmpty(), () -> String.join("\n", failures));
    }

    private static @Nullable String shortest(Scope scope) {
        return explore(scope, null, true).trace();
    }

    @Test
    void whatIsKnownUnderAGrantIsTheTruthWhateverTheOrder() {
        NAMES.parallelStream()
                .map(scope -> new Explored(scope, exploreNames(scope, null)))
                .toList()
                .forEach(explored -> {
                    System.out.println("small world of names: " + explored);
                    assertTrue(
                            explored.outcome().complete(),
                            () -> explored + "\n" + explored.outcome().trace());
                });
    }

    static Explorer.Outcome exploreNames(Scope scope, @Nullable Bug bug) {
        return new Explorer(new NameWorld(scope, new Rules(bug)), true, MOST).explore();
    }

    static Explorer.Outcome explore(Scope scope, @Nullable Bug bug, boolean byBreadth) {
        return new Explorer(new World(scope, new Rules(bug)), byBreadth, MOST).explore();
    }
}
