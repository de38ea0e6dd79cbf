package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Value;

/**
 * A register of which no value is written twice, so that a read says which write it saw. The operations of each value
 * span a zone: from the first end to the last start if some of them follow each other (the register certainly held the
 * value all that time), else from the last start to the first end (it held it at some moment in there). The history is
 * linearizable iff no value was read before it was written, no two zones of the first kind overlap, and none of the
 * second kind lies within one of the first. Source: Gibbons and Korach, "Testing Shared Memories", SIAM J. Computing
 * 26(4), 1997. Pure functions.
 */
final class UniqueValues {
    private UniqueValues() {}

    static Optional<Violation> check(String object, List<Operation> operations) {
        SortedMap<Long, Zone> zones = new TreeMap<>();
        zones.put(Value.NONE.number(), Zone.initial());
        for (Operation operation : operations) {
            if (operation.deed().effect() == Effect.WRITE) {
                zones.put(operation.deed().value().number(), new Zone(operation));
            }
        }
        for (Operation operation : operations) {
            if (operation.deed().effect() == Effect.READ) {
                Optional<Violation> wrong = read(object, zones, operation);
                if (wrong.isPresent()) {
                    return wrong;
                }
            }
        }
        return clash(zones.values()).map(pair -> ZoneStory.tell(object, pair, operations));
    }

    private static Optional<Violation> read(String object, SortedMap<Long, Zone> zones, Operation read) {
        Value value = read.deed().value();
        Zone zone = zones.get(value.number());
        if (zone == null) {
            return Optional.of(new Violation(
                    object,
                    "something was read that nobody wrote",
                    List.of(read),
                    "No write of " + (value.isNumber() ? value : "this") + " is in the history."));
        }
        if (zone.startsAfter(read)) {
            return Optional.of(new Violation(
                    object,
                    "a value was read before it was written",
                    List.of(read, zone.write().orElseThrow()),
                    "The read was over before the write of " + value + " began."));
        }
        zone.add(read);
        return Optional.empty();
    }

    /** Two values, each of which was there before the other. */
    record Clash(Zone one, Zone other) {}

    private static Optional<Clash> clash(Iterable<Zone> zones) {
        List<Zone> certain = new ArrayList<>();
        List<Zone> momentary = new ArrayList<>();
        for (Zone zone : zones) {
            if (zone.hasHappened()) {
                (zone.isCertain() ? certain : momentary).add(zone);
            }
        }
        certain.sort(Comparator.comparingLong(Zone::firstEnd));
        for (int i = 1; i < certain.size(); i++) {
            if (certain.get(i - 1).clashesWith(certain.get(i))) {
                return Optional.of(new Clash(certain.get(i - 1), certain.get(i)));
            }
        }
        TreeMap<Long, Zone> byFirstEnd = new TreeMap<>();
        certain.forEach(zone -> byFirstEnd.put(zone.firstEnd(), zone));
        for (Zone zone : momentary) {
            var around = byFirstEnd.lowerEntry(zone.lastStart());
            if (around != null && around.getValue().clashesWith(zone)) {
                return Optional.of(new Clash(around.getValue(), zone));
            }
        }
        return Optional.empty();
    }
}
