package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Effect;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;

/** Decides whether a history could have happened on one machine, in time n log n. Pure functions. */
public final class HistoryCheck {
    private HistoryCheck() {}

    /** Judges each object by itself. The history must be {@linkplain History#requireJudgeable judgeable}. */
    public static Verdict check(History history) {
        List<Violation> violations = new ArrayList<>();
        Map<String, List<Operation>> objects = Losses.concede(history).byObject();
        objects.forEach((object, operations) -> judge(object, operations).ifPresent(violations::add));
        return new Verdict(history.operations().size(), objects.size(), violations);
    }

    private static Optional<Violation> judge(String object, List<Operation> all) {
        List<Operation> operations =
                all.stream().filter(HistoryCheck::tellsSomething).toList();
        if (operations.isEmpty()) {
            return Optional.empty();
        }
        return switch (operations.getFirst().deed().effect().family()) {
            case REGISTER ->
                isOrdered(operations) ? KnownOrder.check(object, operations) : UniqueValues.check(object, operations);
            case LOG -> LogOrder.check(object, operations).or(() -> LogLength.check(object, operations));
            case LOCK -> LockHolds.check(object, operations);
        };
    }

    /** Not: a change that was not made, a look that saw nothing. */
    private static boolean tellsSomething(Operation operation) {
        return operation.deed().effect().changes() ? operation.mayBeDone() : operation.isDone();
    }

    private static boolean isOrdered(List<Operation> operations) {
        return operations.stream()
                .map(Operation::deed)
                .anyMatch(deed -> deed.effect() == Effect.WRITE && deed.index() != Deed.UNKNOWN);
    }
}
