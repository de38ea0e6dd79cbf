package sprite.client.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * What was written to one place and read from it, each value once: every read must have a moment, between its beginning
 * and its end, at which its value was the latest. Times are any numbers that rise. Confined to the world's carrier.
 */
final class Register {
    private static final long NEVER = Long.MAX_VALUE;

    private final String name;
    private final Map<Long, Written> written = new HashMap<>();

    /** The latest beginning among the writes that had taken effect by then, over time. */
    private final java.util.TreeMap<Long, Written> latest = new java.util.TreeMap<>();

    /** A value, which took effect after {@code begun} and no later than {@code by}. */
    static final class Written {
        private final long value;
        private final long begun;
        private long by = NEVER;

        private Written(long value, long begun) {
            this.value = value;
            this.begun = begun;
        }
    }

    Register(String name, long initial) {
        this.name = name;
        Written first = begin(initial, Long.MIN_VALUE);
        effective(first, Long.MIN_VALUE);
    }

    /** A write begins; it may take effect from now on. */
    Written begin(long value, long now) {
        Written write = new Written(value, now);
        written.put(value, write);
        return write;
    }

    /** The write has returned, or its value was seen. */
    void effective(Written write, long now) {
        if (write.by <= now) {
            return;
        }
        write.by = now;
        var before = latest.floorEntry(now);
        if (before == null || before.getValue().begun < write.begun) {
            latest.put(now, write);
        }
    }

    /** A value was read between two times. */
    void read(long value, long begin, long end) {
        Written found = written.get(value);
        if (found == null) {
            throw new AssertionError(name + ": nobody ever wrote " + show(value));
        }
        var certain = latest.lowerEntry(begin);
        if (certain != null && certain.getValue().begun > found.by) {
            Written newer = certain.getValue();
            throw new AssertionError(
                    name + ": read " + show(value) + " in " + begin + ".." + end + ", but it was there by " + found.by
                            + ", and " + show(newer.value) + " was written in " + newer.begun + ".." + newer.by);
        }
        effective(found, end);
    }

    static String show(long value) {
        return (value >>> 40) + "/" + (value & 0xFF_FFFF_FFFFL);
    }
}
