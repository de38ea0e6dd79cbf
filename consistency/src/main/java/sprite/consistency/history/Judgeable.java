package sprite.consistency.history;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The conditions under which the operations on one object say which write a read saw. Pure functions. */
final class Judgeable {
    private Judgeable() {}

    static void require(List<Operation> operations) throws HistoryException {
        Effect.Family family = operations.getFirst().deed().effect().family();
        boolean ordered = false;
        Set<Long> written = new TreeSet<>();
        Set<Long> indexes = new TreeSet<>();
        for (Operation operation : operations) {
            Deed deed = operation.deed();
            if (deed.effect().family() != family) {
                throw at(operation, "was used as a " + word(family) + " before");
            }
            boolean isValue = deed.effect() == Effect.WRITE || deed.effect() == Effect.APPEND;
            if (!isValue) {
                continue;
            }
            if (written.isEmpty() && indexes.isEmpty()) {
                ordered = deed.index() != Deed.UNKNOWN;
            }
            if (ordered != (deed.index() != Deed.UNKNOWN)) {
                throw at(operation, "has some writes with an index and some without");
            }
            if (ordered ? !indexes.add(deed.index()) : !written.add(deed.value().number())) {
                throw at(
                        operation,
                        ordered
                                ? "has two writes with the index " + deed.index()
                                : "is written " + deed.value() + " twice, so that nobody can tell which was read");
            }
            boolean isKnown =
                    deed.value().isNumber() || (ordered && deed.value().equals(Value.NONE));
            if (!isKnown) {
                throw at(operation, "is written '" + deed.value() + "'; a number is needed");
            }
        }
        if (ordered) {
            requireSequence(operations);
        }
        requireClearReads(operations, family == Effect.Family.REGISTER && !ordered && !written.isEmpty());
    }

    /** Writes with an index follow each other in time. */
    private static void requireSequence(List<Operation> operations) throws HistoryException {
        List<Operation> writes = operations.stream()
                .filter(operation -> operation.deed().effect() == Effect.WRITE)
                .sorted(Comparator.comparingLong(operation -> operation.deed().index()))
                .toList();
        for (int i = 1; i < writes.size(); i++) {
            if (writes.get(i).span().startNanos() < writes.get(i - 1).span().endNanos()) {
                throw at(writes.get(i), "begins to be written before the write with the index before is over");
            }
        }
    }

    private static void requireClearReads(List<Operation> operations, boolean byValue) throws HistoryException {
        for (Operation operation : operations) {
            Deed deed = operation.deed();
            if (byValue && deed.effect() == Effect.READ && deed.value().equals(Value.SOME)) {
                throw at(operation, "is read as 'some', which needs writes with indexes");
            }
        }
    }

    private static HistoryException at(Operation operation, String what) {
        return new HistoryException(
                operation,
                "operation " + operation.sequence() + " of " + operation.process() + ": "
                        + operation.deed().object() + " " + what);
    }

    private static String word(Effect.Family family) {
        return switch (family) {
            case REGISTER -> "register";
            case LOG -> "log";
            case LOCK -> "lock";
        };
    }
}
