package sprite.consistency;

/**
 * Sprite's openTimeStamp: which open a message speaks of. The server's epoch makes it unique over restarts (Sprite's
 * was a volatile counter, see trap 8 in the design notes). Immutable.
 *
 * @param epoch the server's
 * @param counter rising within the epoch
 */
public record OpenSeq(long epoch, long counter) implements Comparable<OpenSeq> {
    /** Before every open. */
    public static final OpenSeq NONE = new OpenSeq(0, 0);

    @Override
    public int compareTo(OpenSeq other) {
        int byEpoch = Long.compare(epoch, other.epoch);
        return byEpoch != 0 ? byEpoch : Long.compare(counter, other.counter);
    }

    @Override
    public String toString() {
        return epoch + "." + counter;
    }
}
