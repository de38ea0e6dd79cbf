package sprite.consistency.verdict;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;

/**
 * The entries of a log: each stands at one position, a position holds one entry for ever, and of two entries that were
 * appended one after the other the first stands before the second. Pure functions.
 */
final class LogOrder {
    private LogOrder() {}

    static Optional<Violation> check(String object, List<Operation> operations) {
        SortedMap<Long, Operation> appends = appends(operations);
        SortedMap<Long, Operation> byPosition = new TreeMap<>();
        SortedMap<Long, Operation> byEntry = new TreeMap<>();
        for (Operation look : operations) {
            if (look.deed().effect() == Effect.ENTRY) {
                Optional<Violation> wrong = look(object, look, appends, byPosition, byEntry);
                if (wrong.isPresent()) {
                    return wrong;
                }
            }
        }
        return againstTime(object, appends, byPosition);
    }

    private static SortedMap<Long, Operation> appends(List<Operation> operations) {
        SortedMap<Long, Operation> appends = new TreeMap<>();
        for (Operation operation : operations) {
            if (operation.deed().effect() == Effect.APPEND) {
                appends.put(operation.deed().value().number(), operation);
            }
        }
        return appends;
    }

    private static Optional<Violation> look(
            String object,
            Operation look,
            SortedMap<Long, Operation> appends,
            SortedMap<Long, Operation> byPosition,
            SortedMap<Long, Operation> byEntry) {
        long position = look.deed().index();
        @Nullable Operation append = appends.get(look.deed().value().number());
        if (append == null) {
            return Optional.of(new Violation(
                    object,
                    "an entry was read that nobody appended",
                    List.of(look),
                    "At position " + position + " there should be an entry; none with this content was appended."));
        }
        if (look.span().precedes(append.span())) {
            return Optional.of(new Violation(
                    object,
                    "an entry was read before it was appended",
                    List.of(look, append),
                    "The read was over before the append began."));
        }
        @Nullable Operation samePlace = byPosition.putIfAbsent(position, look);
        if (samePlace != null && !samePlace.deed().value().equals(look.deed().value())) {
            return Optional.of(new Violation(
                    object,
                    "an entry of a log changed",
                    List.of(samePlace, look, append),
                    "Position " + position + " held " + samePlace.deed().value() + " and then "
                            + look.deed().value() + "; appended entries stay."));
        }
        @Nullable Operation sameEntry = byEntry.putIfAbsent(look.deed().value().number(), look);
        if (sameEntry != null && sameEntry.deed().index() != position) {
            return Optional.of(new Violation(
                    object,
                    "an entry stands in a log twice",
                    List.of(append, sameEntry, look),
                    "It was appended once, and read at position "
                            + sameEntry.deed().index() + " and at position " + position + "."));
        }
        return Optional.empty();
    }

    private static Optional<Violation> againstTime(
            String object, SortedMap<Long, Operation> appends, SortedMap<Long, Operation> byPosition) {
        @Nullable Operation latest = null;
        for (Operation look : byPosition.values()) {
            @Nullable Operation append = appends.get(look.deed().value().number());
            if (append == null) {
                continue;
            }
            if (latest != null && append.precedes(latest)) {
                return Optional.of(new Violation(
                        object,
                        "entries stand in the wrong order",
                        List.of(append, latest, look),
                        append.deed().value() + " was appended before the append of "
                                + latest.deed().value() + " began, but stands behind it, at position "
                                + look.deed().index() + "."));
            }
            if (latest == null || latest.span().startNanos() < append.span().startNanos()) {
                latest = append;
            }
        }
        return Optional.empty();
    }
}
