package sprite.consistency;

/**
 * Sprite's file version: rises by one at every open for writing and every change made at the server, when it is
 * granted, and never falls. A client's cached blocks are good if they were cached under the current version. Immutable.
 */
public record Version(long value) implements Comparable<Version> {
    /** Older than every version of every file: "nothing cached". */
    public static final Version NONE = new Version(0);

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
