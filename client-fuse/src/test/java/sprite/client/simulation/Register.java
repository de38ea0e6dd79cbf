package sprite.client.simulation;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/**
 * What was written to one place and read from it, each value once: every read must have a moment, between its beginning
 * and its end, at which its value was the latest. Times are any numbers that rise. Confined to the world's carrier.
 */
final class Register {
    private static final long NEVER = Long.MAX_VALUE;

    private final String name;
    private final Map<Long, Written> written = new HashMap<>();

    /** By time, the write that began latest among those that had taken effect by then. */
    private final TreeMap<Long, Written> latest = new TreeMap<>();

    /** A value, which took effect after {@code begun} and no later than {@code by}. */
    static final class Written {
        private final Object writer;
        private final long value;
        private final long begun;
        private long by = NEVER;
        private long seenElsewhereBy = NEVER;
        private long syncedBy = NEVER;

        /** It was under way when the server's machine stopped: that it returns proves nothing. */
        private boolean inDoubt;

        private Written(Object writer, long value, long begun) {
            this.writer = writer;
            this.value = value;
            this.begun = begun;
        }

        /** Whether it was there for sure before that time. */
        boolean isOlderThan(long time) {
            return by < time;
        }
    }

    Register(String name, long initial) {
        this.name = name;
        Written first = begin("nobody", initial, Long.MIN_VALUE);
        first.seenElsewhereBy = Long.MIN_VALUE;
        first.syncedBy = Long.MIN_VALUE;
        effective(first, Long.MIN_VALUE);
    }

    /** A write begins; it may take effect from now on. */
    Written begin(Object writer, long value, long now) {
        Written write = new Written(writer, value, now);
        written.put(value, write);
        return write;
    }

    /** The write has returned, or its value was seen. */
    void effective(Written write, long now) {
        if (write.by > now && !write.inDoubt) {
            write.by = now;
            enter(write);
        }
    }

    private void enter(Written write) {
        var before = latest.floorEntry(write.by);
        if (before == null || before.getValue().begun < write.begun) {
            latest.put(write.by, write);
        }
    }

    /** What a writer had written when it asked for it is on the server's disk. */
    void synced(Object writer, long asked, long now) {
        for (Written write : written.values()) {
            if (write.writer.equals(writer) && write.by <= asked) {
                write.syncedBy = Math.min(write.syncedBy, now);
            }
        }
    }

    /** A writer is gone: what it wrote may be gone too, unless it was synced or somebody else has seen it. */
    void lost(Object writer) {
        for (Written write : written.values()) {
            if (write.writer.equals(writer)) {
                // What the server had lost before may have been seen in a cache whose owner did not know.
                write.by = write.inDoubt ? write.syncedBy : Math.min(write.seenElsewhereBy, write.syncedBy);
            }
        }
        judgeAnew();
    }

    /** The server's machine stopped: what was not synced may be gone. */
    void unsyncedLost() {
        for (Written write : written.values()) {
            write.by = write.syncedBy;
            write.seenElsewhereBy = write.syncedBy;
            write.inDoubt = write.syncedBy == NEVER;
        }
        judgeAnew();
    }

    /**
     * The server's machine stopped. What a living client wrote to its cache is not lost; what went past caches may be,
     * and what nobody can send again, unless it was synced.
     */
    void powerLost(Predicate<Object> isGone, LongPredicate wentPast) {
        for (Written write : written.values()) {
            write.seenElsewhereBy = write.syncedBy; // its writer may die before it has sent it again
            if (isGone.test(write.writer) || wentPast.test(write.value)) {
                write.by = write.syncedBy;
                write.inDoubt = write.syncedBy == NEVER;
            }
        }
        judgeAnew();
    }

    private void judgeAnew() {
        latest.clear();
        written.values().stream()
                .filter(write -> write.by != NEVER)
                .sorted((a, b) -> a.by != b.by ? Long.compare(a.by, b.by) : Long.compare(a.value, b.value))
                .forEach(this::enter);
    }

    /** A value was read between two times. */
    void read(Object reader, long value, long begin, long end) {
        Written found = written.get(value);
        if (found == null) {
            throw new AssertionError(name + ": nobody ever wrote " + show(value));
        }
        var certain = latest.lowerEntry(begin);
        if (certain != null && certain.getValue().begun > found.by) {
            Written newer = certain.getValue();
            throw new AssertionError(name + ": read " + show(value) + " in " + begin + ".." + end
                    + ", but it was there by " + found.by + ", and " + show(newer.value) + " was written in "
                    + newer.begun + ".." + newer.by);
        }
        if (!reader.equals(found.writer)) {
            found.seenElsewhereBy = Math.min(found.seenElsewhereBy, end);
        }
        effective(found, end);
    }

    static String show(long value) {
        return (value >>> 40) + "/" + (value & 0xFF_FFFF_FFFFL);
    }
}
