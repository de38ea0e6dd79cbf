package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Value;

/**
 * A register whose writes follow each other, in a known order, so that values may come again. Each read is given the
 * earliest write that it can have seen: not older than any that was complete before it began, nor than what a read that
 * was over before it began was given. If there is none that had begun before the read was over, the history is
 * impossible; and since earlier choices were the least ones, no other choices would have helped. Confined to one check.
 */
final class KnownOrder {
    /** What was there before the first write. */
    private static final int BEFORE = -1;

    private static final int NOWHERE = -2;

    private final String object;
    private final List<Operation> writes;
    private final List<Operation> reads;

    /** The least write that the next read can have seen, and who had seen it, if that is why. */
    private int least = BEFORE;

    private @Nullable Operation witness;

    private KnownOrder(String object, List<Operation> operations) {
        this.object = object;
        writes = operations.stream()
                .filter(operation -> operation.deed().effect() == Effect.WRITE)
                .sorted(Comparator.comparingLong(operation -> operation.deed().index()))
                .toList();
        reads = operations.stream()
                .filter(operation -> operation.deed().effect() == Effect.READ)
                .sorted(Comparator.comparingLong(operation -> operation.span().startNanos()))
                .toList();
    }

    static Optional<Violation> check(String object, List<Operation> operations) {
        return new KnownOrder(object, operations).check();
    }

    /** A read and the write that it was given. Immutable. */
    private record Given(Operation read, int write) {}

    private Optional<Violation> check() {
        var pending = new PriorityQueue<Given>(
                Comparator.comparingLong(given -> given.read().span().endNanos()));
        int next = 0;
        for (Operation read : reads) {
            for (; next < writes.size() && writes.get(next).span().precedes(read.span()); next++) {
                if (writes.get(next).isDone()) {
                    raise(next, null);
                }
            }
            while (!pending.isEmpty() && pending.peek().read().precedes(read)) {
                Given over = pending.remove();
                raise(over.write(), over.read());
            }
            int seen = earliest(read);
            if (seen == NOWHERE) {
                return Optional.of(tell(read));
            }
            pending.add(new Given(read, seen));
        }
        return Optional.empty();
    }

    private void raise(int write, @Nullable Operation by) {
        if (write > least) {
            least = write;
            witness = by;
        }
    }

    /** The first write from {@code least} on that the read can have seen. */
    private int earliest(Operation read) {
        for (int i = least; i < writes.size() && hasBegun(i, read); i++) {
            if (read.deed().value().matches(held(i))) {
                return i;
            }
        }
        return NOWHERE;
    }

    private boolean hasBegun(int write, Operation read) {
        return write == BEFORE || !read.span().precedes(writes.get(write).span());
    }

    private Value held(int write) {
        return write == BEFORE ? Value.NONE : writes.get(write).deed().value();
    }

    private Violation tell(Operation read) {
        List<Operation> shown = new ArrayList<>(List.of(read));
        if (witness != null) {
            shown.add(witness);
        }
        boolean wasThere = false;
        for (int i = BEFORE; i < least; i++) {
            if (read.deed().value().matches(held(i))) {
                wasThere = true;
                if (i == least - 1 && i != BEFORE) {
                    shown.add(writes.get(i));
                }
            }
        }
        List<String> possible = new ArrayList<>();
        for (int i = least; i < writes.size() && hasBegun(i, read); i++) {
            possible.add(held(i).toString());
            if (i != BEFORE) {
                shown.add(writes.get(i));
            }
        }
        return new Violation(
                object,
                wasThere ? "a value was read after it had been replaced" : "something was read that was not there",
                shown,
                since() + " and until this read was over, only '" + String.join("' or '", possible)
                        + "' can have been there; it found '" + read.deed().value() + "'.");
    }

    private String since() {
        if (least == BEFORE) {
            return "From the beginning";
        }
        Operation write = writes.get(least);
        return witness == null
                ? "From the end of the write of '" + held(least) + "' by " + write.process()
                : "From the end of the read by " + witness.process() + ", which saw '" + held(least) + "',";
    }
}
