package sprite.consistency;

/**
 * Sprite's file version: rises by one at every open for writing and every change made at the server, when it is
 * granted, and never falls. A client's cached blocks are good if they were cached under the current version. Immutable.
 */
public record Version(long value) implements Comparable<Version> {
    /** Older than every version of every file: "nothing cached". */
    public static final Version NONE = new Version(0);

    /**
     * So many versions of one file a disk can have lost at most. See "Versions Nobody Heard Of" in the design notes.
     */
    private static final long LOST_MAX = 1L << 32;

    /** Whether a client can have heard of this version of a file of which the server knows {@code stored}. */
    boolean isCredible(Version stored) {
        return value >= 0 && value - stored.value <= LOST_MAX;
    }

    /** The version after this one. */
    public Version next() {
        return new Version(value + 1);
    }

    @Override
    public int compareTo(Version other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return "v" + value;
    }
}
