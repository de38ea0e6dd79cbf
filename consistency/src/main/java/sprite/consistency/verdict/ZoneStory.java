package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;

/** Finds the few operations that show that two values cannot be ordered, and says so in words. Pure functions. */
final class ZoneStory {
    private ZoneStory() {}

    static Violation tell(String object, UniqueValues.Clash clash, List<Operation> operations) {
        boolean inOrder = clash.one().writeStart() <= clash.other().writeStart();
        Zone old = inOrder ? clash.one() : clash.other();
        Zone young = inOrder ? clash.other() : clash.one();
        Operation replaced = firstEnd(young, operations);
        Operation again = firstStartAfter(old, replaced, operations);
        List<Operation> shown = new ArrayList<>();
        old.write().ifPresent(shown::add);
        young.write().ifPresent(shown::add);
        shown.add(replaced);
        shown.add(again);
        Optional<Operation> before = old.write().isEmpty() ? Optional.empty() : Optional.of(firstEnd(old, operations));
        before.ifPresent(shown::add);
        Optional<Operation> latest = latestWriteBefore(again, operations).filter(write -> !young.holds(write));
        latest.ifPresent(shown::add);
        return new Violation(
                object,
                again.deed().effect() == Effect.READ
                        ? "a value was read after it had been replaced"
                        : "two values were each there before the other",
                shown,
                why(old, young, before, replaced, again) + end(old, again, latest));
    }

    private static String why(Zone old, Zone young, Optional<Operation> before, Operation replaced, Operation again) {
        String oldName =
                old.write().isEmpty() ? "nothing" : again.deed().value().toString();
        String youngName = replaced.deed().value().toString();
        String first = before.map(seen -> oldName + " was there (" + seen(seen) + " was over) before "
                        + lastStartWords(young, seen) + " began.")
                .orElse("At the beginning there was nothing.");
        long late = again.span().startNanos() - replaced.span().endNanos();
        return first + " " + youngName + " was there (" + seen(replaced) + " was over) " + Durations.show(late)
                + " before " + seen(again) + ", which found " + oldName + ", began.";
    }

    private static String end(Zone old, Operation again, Optional<Operation> latest) {
        String impossible = old.write().isEmpty()
                ? " Nobody took away what was there."
                : " Nobody wrote " + again.deed().value() + " a second time.";
        return impossible
                + latest.map(write -> " The write of " + write.deed().value() + " by " + write.process()
                                + " was the latest that was over by then.")
                        .orElse("");
    }

    /** What somebody who began then had to see, unless another write was under way. */
    private static Optional<Operation> latestWriteBefore(Operation look, List<Operation> operations) {
        return operations.stream()
                .filter(operation -> operation.deed().effect() == Effect.WRITE && operation.precedes(look))
                .max(Comparator.comparingLong(operation -> operation.span().startNanos()));
    }

    private static String lastStartWords(Zone young, Operation seen) {
        boolean byWrite =
                young.write().map(write -> seen.span().precedes(write.span())).orElse(false);
        return byWrite ? "the write of " + young.write().orElseThrow().deed().value() : "the last look at the other";
    }

    private static String seen(Operation operation) {
        return operation.deed().effect() == Effect.WRITE
                ? "the write by " + operation.process()
                : "the read by " + operation.process();
    }

    private static Operation firstEnd(Zone zone, List<Operation> operations) {
        Optional<Operation> write = zone.write().filter(Operation::isDone);
        if (write.isPresent() && write.get().span().endNanos() == zone.firstEnd()) {
            return write.get();
        }
        return operations.stream()
                .filter(zone::holds)
                .filter(Operation::isDone)
                .min(Comparator.comparingLong(operation -> operation.span().endNanos()))
                .orElseThrow();
    }

    private static Operation firstStartAfter(Zone zone, Operation other, List<Operation> operations) {
        return operations.stream()
                .filter(zone::holds)
                .filter(operation -> other.span().precedes(operation.span()))
                .min(Comparator.comparingLong(operation -> operation.span().startNanos()))
                .orElseThrow();
    }
}
