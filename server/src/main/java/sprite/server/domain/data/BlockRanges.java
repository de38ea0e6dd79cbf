package sprite.server.domain.data;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of block indexes that were mostly added one after the other, kept as ranges. Past {@link #RANGES_MAX} ranges it
 * gives up and says so: the set is then every block.
 *
 * <p>Confined to the lock of its file.
 */
public final class BlockRanges {
    /** Most ranges kept apart. */
    public static final int RANGES_MAX = 65_536;

    /** First block to last block (inclusive); ranges neither touch nor overlap. */
    private final TreeMap<Long, Long> ranges = new TreeMap<>();

    private boolean everything;

    /** Adds the blocks {@code first} to {@code last}, inclusive. */
    public void add(long first, long last) {
        if (everything) {
            return;
        }
        Map.Entry<Long, Long> before = ranges.floorEntry(first);
        if (before != null && before.getValue() >= last) {
            return;
        }
        long from = first;
        long to = last;
        if (before != null && before.getValue() >= first - 1) {
            from = before.getKey();
        }
        Map.Entry<Long, Long> next = ranges.higherEntry(from);
        while (next != null && next.getKey() <= to + 1) {
            to = Math.max(to, next.getValue());
            ranges.remove(next.getKey());
            next = ranges.higherEntry(from);
        }
        ranges.put(from, to);
        if (ranges.size() > RANGES_MAX) {
            ranges.clear();
            everything = true;
        }
    }

    /** Takes out the blocks from {@code first} on. */
    public void removeFrom(long first) {
        ranges.tailMap(first, true).clear();
        Map.Entry<Long, Long> last = ranges.lastEntry();
        if (last != null && last.getValue() >= first) {
            ranges.put(last.getKey(), first - 1);
        }
    }

    public boolean contains(long block) {
        if (everything) {
            return true;
        }
        Map.Entry<Long, Long> range = ranges.floorEntry(block);
        return range != null && range.getValue() >= block;
    }

    /** Whether there were too many ranges to keep apart. */
    public boolean isEverything() {
        return everything;
    }

    /** Forgets all blocks. */
    public void clear() {
        ranges.clear();
        everything = false;
    }

    /** The ranges as they are now, first block to last block (inclusive). */
    public Map<Long, Long> snapshot() {
        return new TreeMap<>(ranges);
    }
}
