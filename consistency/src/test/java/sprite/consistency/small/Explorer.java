package sprite.consistency.small;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import sprite.consistency.sim.Violation;

/**
 * Goes to every state that can be reached, once. By breadth, so that the first violation found has the shortest trace;
 * or by depth, which needs little memory. Confined to one thread.
 */
final class Explorer {
    private final State start;
    private final boolean byBreadth;
    private final long statesMost;
    private final Visited visited = new Visited();
    private int[] parents = new int[1 << 12];
    private long transitions;

    /** A state that was reached and not yet left. */
    private record Reached(State state, int number) {}

    /**
     * What came of it. Immutable.
     *
     * @param trace null if no promise was broken
     * @param complete whether every state was seen
     */
    record Outcome(
            int states,
            long transitions,
            boolean complete,
            @Nullable String trace) {}

    Explorer(State start, boolean byBreadth, long statesMost) {
        this.start = start;
        this.byBreadth = byBreadth;
        this.statesMost = statesMost;
    }

    Outcome explore() {
        Deque<Reached> frontier = new ArrayDeque<>();
        visited.add(start.fingerprint());
        parents[0] = -1;
        frontier.add(new Reached(start, 0));
        while (!frontier.isEmpty()) {
            Reached from = byBreadth ? frontier.removeFirst() : frontier.removeLast();
            for (Move move : from.state().moves()) {
                transitions++;
                State next;
                try {
                    next = from.state().after(move);
                } catch (Violation broken) {
                    return outcome(false, trace(from.number(), move, broken));
                }
                if (visited.add(next.fingerprint())) {
                    int number = visited.size() - 1;
                    parents = number < parents.length ? parents : Arrays.copyOf(parents, 2 * number);
                    parents[number] = from.number();
                    frontier.add(new Reached(next, number));
                }
            }
            if (visited.size() > statesMost) {
                return outcome(false, null);
            }
        }
        return outcome(true, null);
    }

    private Outcome outcome(boolean complete, @Nullable String trace) {
        return new Outcome(visited.size(), transitions, complete, trace);
    }

    /** Goes the way to a state again, by the fingerprints on it, and tells each step. */
    private String trace(int last, Move move, Violation broken) {
        Deque<Integer> way = new ArrayDeque<>();
        for (int number = last; number > 0; number = parents[number]) {
            way.addFirst(number);
        }
        StringBuilder told = new StringBuilder();
        State state = start;
        int step = 1;
        for (int number : way) {
            State here = state;
            long wanted = visited.fingerprint(number);
            Move taken = here.moves().stream()
                    .filter(m -> here.after(m).fingerprint() == wanted)
                    .findFirst()
                    .orElseThrow();
            told.append("%4d  %s%n".formatted(step++, here.told(taken)));
            state = here.after(taken);
        }
        told.append("%4d  %s%n".formatted(step, state.told(move)));
        return told + "      " + broken.getMessage() + "\n      (before the last move: " + state + ")";
    }

    /** The fingerprints of all states, numbered in the order in which they were added. Confined to one thread. */
    private static final class Visited {
        private long[] fingerprints = new long[1 << 12];
        private int[] table = new int[1 << 14];
        private int size;

        /** Whether it is new. */
        boolean add(long fingerprint) {
            int slot = slot(table, fingerprint);
            if (table[slot] != 0) {
                return false;
            }
            if (size == fingerprints.length) {
                fingerprints = Arrays.copyOf(fingerprints, 2 * size);
                rehash();
                slot = slot(table, fingerprint);
            }
            fingerprints[size++] = fingerprint;
            table[slot] = size;
            return true;
        }

        int size() {
            return size;
        }

        long fingerprint(int number) {
            return fingerprints[number];
        }

        private int slot(int[] in, long fingerprint) {
            int slot = (int) (fingerprint >>> 20) & (in.length - 1);
            while (in[slot] != 0 && fingerprints[in[slot] - 1] != fingerprint) {
                slot = (slot + 1) & (in.length - 1);
            }
            return slot;
        }

        private void rehash() {
            int[] larger = new int[4 * fingerprints.length];
            for (int i = 0; i < size; i++) {
                larger[slot(larger, fingerprints[i])] = i + 1;
            }
            table = larger;
        }
    }
}
