package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;

/**
 * A lock is certainly held from when it was got until its holder began to give it back. These times must not overlap.
 * Pure functions.
 */
final class LockHolds {
    private LockHolds() {}

    /** Immutable. */
    private record Hold(Operation taken, long untilNanos) {
        private long fromNanos() {
            return taken.span().endNanos();
        }
    }

    static Optional<Violation> check(String object, List<Operation> operations) {
        List<Hold> holds = holds(operations);
        holds.sort(Comparator.comparingLong(Hold::fromNanos));
        for (int i = 1; i < holds.size(); i++) {
            Hold before = holds.get(i - 1);
            Hold hold = holds.get(i);
            if (hold.fromNanos() < before.untilNanos()) {
                return Optional.of(new Violation(
                        object,
                        "two held a lock at the same time",
                        List.of(before.taken(), hold.taken()),
                        before.taken().process() + " had it and did not begin to give it back until "
                                + Durations.moment(before.untilNanos()) + " s; "
                                + hold.taken().process() + " got it "
                                + Durations.show(before.untilNanos() - hold.fromNanos()) + " earlier."));
            }
        }
        return Optional.empty();
    }

    /** Of a lock that was never given back, or perhaps never got, no time is certain. */
    private static List<Hold> holds(List<Operation> operations) {
        List<Hold> holds = new ArrayList<>();
        TreeMap<String, Operation> taken = new TreeMap<>();
        for (Operation operation : operations) {
            if (operation.deed().effect() == Effect.LOCK) {
                if (operation.isDone()) {
                    taken.put(operation.process(), operation);
                }
                continue;
            }
            Operation lock = taken.remove(operation.process());
            if (lock != null) {
                holds.add(new Hold(lock, operation.span().startNanos()));
            }
        }
        return holds;
    }
}
