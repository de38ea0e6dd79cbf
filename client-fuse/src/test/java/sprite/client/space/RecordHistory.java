package sprite.client.space;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was written to one record, and when: a register that many write and read at the same time. A read may bring what
 * was written last before it began, or anything that was being written since; nothing older, and nothing else.
 * Thread-safe: a concurrent queue of immutable values with one volatile field.
 */
final class RecordHistory {
    /** Orders beginnings and ends of everything in this test. */
    private static final AtomicLong TICKS = new AtomicLong();

    private final String name;
    private final ConcurrentLinkedDeque<Written> writes = new ConcurrentLinkedDeque<>();

    /** A value that was written, or is being. */
    static final class Written {
        private final long value;
        private final long begin;
        private volatile long end = Long.MAX_VALUE;

        private Written(long value, long begin) {
            this.value = value;
            this.begin = begin;
        }

        void completed() {
            end = TICKS.incrementAndGet();
        }
    }

    RecordHistory(String name) {
        this.name = name;
        begin(0).completed();
    }

    static long now() {
        return TICKS.incrementAndGet();
    }

    /** A write of a value that was never written before begins. */
    Written begin(long value) {
        Written write = new Written(value, now());
        writes.addFirst(write);
        return write;
    }

    /** A read that began at {@code begin} has just brought {@code value}. */
    void read(long value, long begin) {
        Written source = null;
        for (Written write : writes) {
            if (write.value == value) {
                source = write;
                break;
            }
        }
        if (source == null) {
            throw new AssertionError(name + ": read " + text(value) + ", which nobody wrote");
        }
        for (Written later : writes) {
            if (later.begin > source.end && later.end < begin) {
                throw new AssertionError(name + ": read " + text(value) + " though " + text(later.value)
                        + " was written after it and before the read began");
            }
        }
        while (writes.size() > 2_000) {
            writes.pollLast();
        }
    }

    private static String text(long value) {
        return (value >>> 40) + "/" + (value & 0xFF_FFFF_FFFFL);
    }
}
