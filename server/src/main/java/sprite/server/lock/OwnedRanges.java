package sprite.server.lock;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ranges that one owner has locked in one file: never overlapping, and neighbours of one type always merged.
 * Confined to its {@link HeldRanges}.
 */
final class OwnedRanges {
    private final TreeMap<Long, Range> ranges = new TreeMap<>();

    /** One stretch. {@code end} is inclusive; no arithmetic may add to {@link Long#MAX_VALUE}. Immutable. */
    record Range(LockType type, long start, long end, int pid) {
        private Range during(long newStart, long newEnd) {
            return new Range(type, newStart, newEnd, pid);
        }
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    int size() {
        return ranges.size();
    }

    /** Whether all from {@code start} to {@code end}, inclusive, is held as {@code type}. */
    boolean covers(LockType type, long start, long end) {
        Map.Entry<Long, Range> at = ranges.floorEntry(start);
        return at != null && at.getValue().type() == type && at.getValue().end() >= end;
    }

    /** Makes {@code range} what is held between its ends, whatever was held there before. */
    void set(Range range) {
        splitAt(range.start());
        if (range.end() != Long.MAX_VALUE) {
            splitAt(range.end() + 1);
        }
        ranges.subMap(range.start(), true, range.end(), true).clear();
        if (range.type() != LockType.UNLOCK) {
            putMerged(range);
        }
    }

    /** The first stretch between the ends, inclusive, that conflicts with {@code wanted}; or null. */
    @Nullable
    Range conflicting(LockType wanted, long start, long end) {
        Map.Entry<Long, Range> before = ranges.lowerEntry(start);
        if (before != null
                && before.getValue().end() >= start
                && before.getValue().type().conflictsWith(wanted)) {
            return before.getValue();
        }
        for (Range range : ranges.subMap(start, true, end, true).values()) {
            if (range.type().conflictsWith(wanted)) {
                return range;
            }
        }
        return null;
    }

    private void splitAt(long at) {
        Map.Entry<Long, Range> before = ranges.lowerEntry(at);
        if (before != null && before.getValue().end() >= at) {
            Range whole = before.getValue();
            ranges.put(whole.start(), whole.during(whole.start(), at - 1));
            ranges.put(at, whole.during(at, whole.end()));
        }
    }

    private void putMerged(Range range) {
        long start = range.start();
        long end = range.end();
        Map.Entry<Long, Range> before = ranges.lowerEntry(start);
        if (before != null
                && before.getValue().end() == start - 1
                && before.getValue().type() == range.type()) {
            start = before.getKey();
        }
        if (end != Long.MAX_VALUE) {
            Range after = ranges.get(end + 1);
            if (after != null && after.type() == range.type()) {
                ranges.remove(after.start());
                end = after.end();
            }
        }
        ranges.put(start, range.during(start, end));
    }
}
