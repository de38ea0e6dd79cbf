package sprite.common.file;

import java.time.Instant;

/**
 * A moment with nanoseconds, as in {@code struct timespec}: before 1970 the seconds are negative and the nanoseconds
 * still count upward. Immutable.
 *
 * @param nanos 0 to 999,999,999
 */
public record FileTime(long seconds, int nanos) implements Comparable<FileTime> {
    /** The beginning of 1970. */
    public static final FileTime EPOCH = new FileTime(0, 0);

    public FileTime {
        if (nanos < 0 || nanos > 999_999_999) {
            throw new IllegalArgumentException("nanoseconds out of range: " + nanos);
        }
    }

    /** The same moment as {@code instant}. */
    public static FileTime of(Instant instant) {
        return new FileTime(instant.getEpochSecond(), instant.getNano());
    }

    /** The later of the two. */
    public static FileTime later(FileTime a, FileTime b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    @Override
    public int compareTo(FileTime other) {
        int bySeconds = Long.compare(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compare(nanos, other.nanos);
    }
}
