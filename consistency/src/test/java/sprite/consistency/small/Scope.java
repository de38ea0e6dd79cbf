package sprite.consistency.small;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How small the world is. Immutable.
 *
 * @param calls how many calls each process makes, by client
 * @param kinds which calls there are
 * @param handlesMost open at a time in one process
 * @param crashes how many clients may die
 * @param scans whether daemons write back by themselves
 * @param evictions whether clean blocks may be dropped at any time
 * @param repeats how often an answer to a callback may be said again
 */
record Scope(
        List<List<Integer>> calls,
        Set<Call.Kind> kinds,
        int handlesMost,
        int crashes,
        boolean scans,
        boolean evictions,
        int repeats) {
    static final int CALLS_MOST = 6;
    static final int PROCESSES_MOST = 4;

    Scope {
        calls = List.copyOf(calls);
        kinds = Set.copyOf(kinds);
        if (calls.stream().mapToInt(List::size).sum() > PROCESSES_MOST
                || calls.stream().flatMap(List::stream).anyMatch(n -> n > CALLS_MOST)) {
            throw new IllegalArgumentException("too large: " + calls);
        }
    }

    /** One process on each client, all calls, nobody dies. */
    static Scope ofCalls(Integer... perClient) {
        return new Scope(
                List.of(perClient).stream().map(List::of).toList(), Set.of(Call.Kind.values()), 2, 0, true, false, 0);
    }

    /** Several processes on each client. */
    static Scope ofProcesses(List<List<Integer>> perClient) {
        return new Scope(perClient, Set.of(Call.Kind.values()), 1, 0, true, false, 0);
    }

    Scope with(Call.Kind... fewer) {
        return new Scope(calls, Set.of(fewer), handlesMost, crashes, scans, evictions, repeats);
    }

    Scope withHandles(int most) {
        return new Scope(calls, kinds, most, crashes, scans, evictions, repeats);
    }

    Scope withCrashes(int most) {
        return new Scope(calls, kinds, handlesMost, most, scans, evictions, repeats);
    }

    Scope withoutScans() {
        return new Scope(calls, kinds, handlesMost, crashes, false, evictions, repeats);
    }

    Scope withEvictions() {
        return new Scope(calls, kinds, handlesMost, crashes, scans, true, repeats);
    }

    Scope withRepeats(int most) {
        return new Scope(calls, kinds, handlesMost, crashes, scans, evictions, most);
    }

    @Override
    public String toString() {
        String each = calls.stream()
                .map(client -> client.stream().map(String::valueOf).collect(Collectors.joining("|")))
                .collect(Collectors.joining(" + "));
        String extras = (crashes > 0 ? ", " + crashes + " may die" : "")
                + (evictions ? ", evictions" : "")
                + (repeats > 0 ? ", answers repeated" : "")
                + (scans ? "" : ", no write-backs by age")
                + (kinds.size() == Call.Kind.values().length
                        ? ""
                        : ", only " + kinds.stream().sorted().toList());
        boolean equal =
                calls.stream().distinct().count() == 1 && calls.getFirst().size() == 1;
        String operations = equal ? operations(calls.getFirst().getFirst()) + " each" : each + " operations";
        return calls.size() + (calls.size() == 1 ? " client, " : " clients, ") + operations + extras;
    }

    private static String operations(int count) {
        return count + (count == 1 ? " operation" : " operations");
    }
}
