package sprite.consistency.verdict;

import java.util.Locale;

/** Times for people. Pure functions. */
public final class Durations {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double NANOS_PER_MILLI = 1e6;

    private Durations() {}

    /** A time that has passed, such as "3.214 ms". */
    public static String show(long nanos) {
        return Math.abs(nanos) < NANOS_PER_SECOND
                ? String.format(Locale.ROOT, "%.3f ms", nanos / NANOS_PER_MILLI)
                : String.format(Locale.ROOT, "%.3f s", nanos / NANOS_PER_SECOND);
    }

    /** A moment, such as "12.345678". */
    static String moment(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / NANOS_PER_SECOND);
    }
}
