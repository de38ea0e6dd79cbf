package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;

/**
 * The length of a log: whoever asks for it finds at least what had been appended before, at most what had been begun
 * until the answer, and never less than somebody found before. Confined to one check.
 */
final class LogLength {
    private final String object;
    private final List<Operation> looks;
    private final List<Operation> begun;
    private final List<Operation> done;
    private final SortedMap<Long, Long> positions = new TreeMap<>();

    private LogLength(String object, List<Operation> operations) {
        this.object = object;
        looks = operations.stream()
                .filter(operation -> !operation.deed().effect().changes())
                .sorted(Comparator.comparingLong(operation -> operation.span().startNanos()))
                .toList();
        begun = operations.stream()
                .filter(operation -> operation.deed().effect() == Effect.APPEND)
                .sorted(Comparator.comparingLong(operation -> operation.span().startNanos()))
                .toList();
        done = begun.stream()
                .filter(Operation::isDone)
                .sorted(Comparator.comparingLong(operation -> operation.span().endNanos()))
                .toList();
        for (Operation look : looks) {
            if (look.deed().effect() == Effect.ENTRY) {
                positions.put(look.deed().value().number(), look.deed().index());
            }
        }
    }

    static Optional<Violation> check(String object, List<Operation> operations) {
        var length = new LogLength(object, operations);
        return length.tooShort().or(length::tooLong).or(length::shrunk);
    }

    /** How long the log was at least, by what was seen of it. */
    private static long seen(Operation look) {
        return look.deed().effect() == Effect.SIZE
                ? look.deed().value().number()
                : look.deed().index() + 1;
    }

    private static boolean isSize(Operation look) {
        return look.deed().effect() == Effect.SIZE;
    }

    private Optional<Violation> tooShort() {
        int complete = 0;
        long farthest = -1;
        @Nullable Operation farthestAppend = null;
        for (Operation look : looks) {
            for (; complete < done.size() && done.get(complete).precedes(look); complete++) {
                Long position = positions.get(done.get(complete).deed().value().number());
                if (position != null && position > farthest) {
                    farthest = position;
                    farthestAppend = done.get(complete);
                }
            }
            if (!isSize(look)) {
                continue;
            }
            if (farthestAppend != null && seen(look) <= farthest) {
                return Optional.of(missed(look, farthestAppend, farthest + 1));
            }
            if (seen(look) < complete) {
                return Optional.of(missed(look, done.get(complete - 1), complete));
            }
        }
        return Optional.empty();
    }

    private Violation missed(Operation look, Operation append, long expected) {
        return new Violation(
                object,
                "an append that was complete was missed",
                List.of(append, look),
                "The append of " + append.deed().value() + " was complete "
                        + Durations.show(
                                look.span().startNanos() - append.span().endNanos())
                        + " before somebody asked for the length. At least " + expected
                        + " entries had to be there; " + seen(look) + " were found.");
    }

    private Optional<Violation> tooLong() {
        List<Operation> byEnd = new ArrayList<>(looks);
        byEnd.sort(Comparator.comparingLong(look -> look.span().endNanos()));
        int count = 0;
        for (Operation look : byEnd) {
            while (count < begun.size()
                    && !look.span().precedes(begun.get(count).span())) {
                count++;
            }
            if (seen(look) > count) {
                return Optional.of(new Violation(
                        object,
                        "a log is longer than what was appended",
                        List.of(look),
                        "Until this look was over " + count + " appends had begun; " + seen(look)
                                + " entries were found."));
            }
        }
        return Optional.empty();
    }

    private Optional<Violation> shrunk() {
        List<Operation> byEnd = new ArrayList<>(looks);
        byEnd.sort(Comparator.comparingLong(look -> look.span().endNanos()));
        int over = 0;
        @Nullable Operation longest = null;
        for (Operation look : looks) {
            for (; over < byEnd.size() && byEnd.get(over).precedes(look); over++) {
                if (longest == null || seen(byEnd.get(over)) > seen(longest)) {
                    longest = byEnd.get(over);
                }
            }
            if (isSize(look) && longest != null && seen(look) < seen(longest)) {
                return Optional.of(new Violation(
                        object,
                        "a log became shorter",
                        List.of(longest, look),
                        "Somebody had found " + seen(longest) + " entries before; later there were " + seen(look)
                                + "."));
            }
        }
        return Optional.empty();
    }
}
