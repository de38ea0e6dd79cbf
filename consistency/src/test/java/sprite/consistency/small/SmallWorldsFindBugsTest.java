package sprite.consistency.small;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import sprite.consistency.sim.Bug;

/**
 * Each of these bugs fits into a small world, and has to be found there. The trace is the shortest that there is in
 * that world; {@code -Dbugs.traces=true} prints it.
 */
class SmallWorldsFindBugsTest {
    private static final Call.Kind[] DATA = {
        Call.Kind.OPEN_READ, Call.Kind.OPEN_WRITE, Call.Kind.READ, Call.Kind.WRITE, Call.Kind.CLOSE
    };
    private static final Map<Bug, Scope> SMALLEST = smallest();

    private static Map<Bug, Scope> smallest() {
        Map<Bug, Scope> scopes = new EnumMap<>(Bug.class);
        Scope mortal = Scope.ofCalls(2, 2).withCrashes(1);
        Scope pair = Scope.ofProcesses(List.of(List.of(3, 2))).with(DATA);
        scopes.put(Bug.DIRTY_READER, Scope.ofCalls(4, 2).with(DATA));
        scopes.put(Bug.CLOSED_WRITER_NOT_RECALLED, Scope.ofCalls(3, 2));
        scopes.put(Bug.NO_LAST_WRITER_ON_READ_OPEN, Scope.ofCalls(3, 3).with(DATA));
        scopes.put(Bug.VERSION_NOT_RAISED, longer());
        scopes.put(Bug.ONE_OLDER_IS_GOOD_TO_READ, longer());
        scopes.put(Bug.CALLBACK_NOT_AWAITED, Scope.ofCalls(3, 2));
        scopes.put(Bug.FIRST_DONE_ANSWERS, Scope.ofCalls(3, 3));
        scopes.put(Bug.STALE_WRITTEN_BACK, Scope.ofCalls(3, 2));
        scopes.put(Bug.SECOND_DESCRIPTOR, Scope.ofCalls(3, 2));
        scopes.put(
                Bug.OPENER_NOT_RECALLED,
                Scope.ofProcesses(List.of(List.of(3, 1), List.of(3)))
                        .withHandles(2)
                        .with(Call.Kind.OPEN_READ, Call.Kind.OPEN_WRITE, Call.Kind.READ, Call.Kind.WRITE)
                        .withoutScans());
        scopes.put(Bug.DEAD_OPENER_INSTALLED, mortal);
        scopes.put(Bug.CHANGE_PLAYED_AS_OPEN, Scope.ofCalls(3, 3));
        scopes.put(Bug.NO_FENCE, mortal);
        scopes.put(Bug.FETCH_OUTRUNS_WRITE, pair);
        scopes.put(
                Bug.FETCH_OUTRUNS_INVALIDATION,
                Scope.ofProcesses(List.of(List.of(2, 2), List.of(3))).with(DATA).withoutScans());
        scopes.put(Bug.NO_DRAIN_BEFORE_UNCACHED, Scope.ofCalls(3, 2));
        scopes.put(
                Bug.NO_DRAIN_BEFORE_CACHED,
                Scope.ofProcesses(List.of(List.of(3, 2), List.of(2))).with(DATA).withoutScans());
        scopes.put(Bug.TWO_WRITE_BACKS_OF_A_BLOCK, Scope.ofCalls(3, 2));
        scopes.put(Bug.DROPPED_BEFORE_TRUNCATION, Scope.ofCalls(3, 2));
        scopes.put(Bug.CLOSED_WITHOUT_DIRTY, Scope.ofCalls(3, 2));
        return scopes;
    }

    /** Room for a client to forget the file, and for another to write it, between two reads of the first. */
    private static Scope longer() {
        return Scope.ofCalls(5, 3).with(DATA).withHandles(1).withoutScans();
    }

    private static final Map<Bug, Scope> SMALLEST_OF_NAMES = Map.of(
            Bug.GRANT_DURING_CHANGE, EveryInterleavingTest.lookups(Scope.ofCalls(2, 1, 1)),
            Bug.GRANT_NOT_REVOKED, EveryInterleavingTest.lookups(Scope.ofCalls(2, 1)),
            Bug.OWN_CHANGE_FROM_CACHE,
                    EveryInterleavingTest.lookups(Scope.ofProcesses(List.of(List.of(2, 1), List.of(1)))));

    /** What a bug led to. */
    private record Found(Bug bug, Scope scope, Explorer.Outcome outcome) {
        boolean isFound() {
            return outcome.trace() != null;
        }

        @Override
        public String toString() {
            String trace = outcome.trace();
            String moves = trace == null
                    ? "NOT FOUND"
                    : "found in %2d moves".formatted(trace.lines().count() - 2);
            return "%-28s %s, %,9d states looked at; %s".formatted(bug, moves, outcome.states(), scope);
        }
    }

    @Test
    void bugsThatFitIntoASmallWorldAreFoundThere() {
        List<Found> all = SMALLEST.entrySet().parallelStream()
                .map(e -> new Found(
                        e.getKey(), e.getValue(), EveryInterleavingTest.explore(e.getValue(), e.getKey(), true)))
                .toList();
        assertFound(all);
    }

    @Test
    void bugsOfGrantsAreFoundToo() {
        assertFound(new TreeMap<>(SMALLEST_OF_NAMES)
                .entrySet().stream()
                        .map(e -> new Found(
                                e.getKey(), e.getValue(), EveryInterleavingTest.exploreNames(e.getValue(), e.getKey())))
                        .toList());
    }

    private static void assertFound(List<Found> all) {
        List<Bug> escaped = new ArrayList<>();
        for (Found found : all) {
            System.out.println("planted bug: " + found);
            if (Boolean.getBoolean("bugs.traces") && found.isFound()) {
                System.out.println(found.outcome().trace());
            }
            if (!found.isFound()) {
                escaped.add(found.bug());
            }
        }
        assertTrue(escaped.isEmpty(), () -> "nobody noticed " + escaped);
    }
}
