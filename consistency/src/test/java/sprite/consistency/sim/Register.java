package sprite.consistency.sim;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The linearizability of one register whose written values all differ. For each value the operations on it span a zone:
 * forward from the first end to the last start if some of them follow each other, else backward from the last start to
 * the first end. The history is linearizable iff no two forward zones overlap and no backward zone lies within a
 * forward one. Source: Gibbons and Korach, "Testing Shared Memories", SIAM J. Computing 26(4), 1997. Confined to one
 * thread.
 */
final class Register {
    private static final long NEVER = Long.MAX_VALUE;

    private final String name;
    private final SortedMap<Long, Value> values = new TreeMap<>();

    /** What is known of one value. */
    private static final class Value {
        private final long writeStart;
        private long firstEnd = NEVER;
        private long lastStart;

        private Value(long writeStart) {
            this.writeStart = writeStart;
            lastStart = writeStart;
        }

        private boolean isForward() {
            return firstEnd < lastStart;
        }
    }

    /** A register that holds 0 since before the beginning. */
    Register(String name) {
        this.name = name;
        Value initial = new Value(-1);
        initial.firstEnd = -1;
        values.put(0L, initial);
    }

    void writing(long value, long start) {
        values.put(value, new Value(start));
    }

    void wrote(long value, long end) {
        Value written = values.get(value);
        if (written != null) {
            written.firstEnd = Math.min(written.firstEnd, end);
            check(value, written);
        }
    }

    /** The write never happened and nobody saw it: it failed, or was lost with its client. */
    void forget(long value) {
        values.remove(value);
    }

    /** The client of a finished write died before the value left it: it may or may not have happened. */
    void mayBeLost(long value) {
        Value written = values.get(value);
        if (written != null) {
            values.put(value, new Value(written.writeStart));
        }
    }

    void read(long value, long start, long end) {
        Value seen = values.get(value);
        if (seen == null) {
            throw new Violation("%s: read %d, which was never written".formatted(name, value));
        }
        seen.firstEnd = Math.min(seen.firstEnd, end);
        seen.lastStart = Math.max(seen.lastStart, start);
        check(value, seen);
    }

    private void check(long value, Value a) {
        values.forEach((other, b) -> {
            if (a != b && b.firstEnd != NEVER && a.firstEnd != NEVER && clash(a, b)) {
                throw new Violation("%s: values %d and %d cannot be ordered: one of them was seen again after the other"
                        .formatted(name, value, other));
            }
        });
    }

    private static boolean clash(Value a, Value b) {
        return (a.isForward() || b.isForward()) && a.firstEnd < b.lastStart && b.firstEnd < a.lastStart;
    }
}
