package sprite.consistency;

/**
 * What a client knows about its right to cache one file: the version its blocks belong to, and whether it may cache
 * while its opens last. The blocks themselves are not here. Immutable.
 *
 * @param version under which the blocks were cached; {@link Version#NONE} if there are none
 * @param cacheable whether reads and writes may stop at the cache
 * @param seq of the latest open that was answered
 */
public record ClientFile(Version version, boolean cacheable, OpenSeq seq) {
    /** Nothing cached, nothing open. */
    public static final ClientFile UNKNOWN = new ClientFile(Version.NONE, false, OpenSeq.NONE);

    /**
     * What to do about the blocks after an open was answered. Immutable.
     *
     * @param outOfDate whether others were let in since they were cached: what had been written back of them is
     *     committed then, and must not be taken for the version in {@code next}
     */
    public record Opened(ClientFile next, Blocks blocks, boolean outOfDate) {}

    /** The fate of cached blocks. */
    public enum Blocks {
        /** They are current. */
        KEEP,
        /** They are not, or may not be used: drop them; those that are dirty are first written back (trap 3). */
        WRITE_BACK_AND_DROP
    }

    /**
     * An open was answered: Sprite's {@code Fscache_UpdateFile}. Blocks are good if their version is the reply's, or
     * one less when this very open raised it. Replies to two opens of this client may come in either order, so only
     * "less than" is compared (trap 9).
     */
    public Opened opened(boolean forWriting, Version replied, boolean mayCache, OpenSeq openSeq) {
        if (openSeq.compareTo(seq) < 0) {
            // An older answer than one already applied. The later one was decided later: it rules.
            return new Opened(this, Blocks.KEEP, false);
        }
        long oldestGood = forWriting ? replied.value() - 1 : replied.value();
        boolean outOfDate = version.value() < oldestGood;
        Version newest = version.compareTo(replied) < 0 ? replied : version;
        ClientFile next = new ClientFile(newest, mayCache, openSeq);
        return new Opened(next, outOfDate || !mayCache ? Blocks.WRITE_BACK_AND_DROP : Blocks.KEEP, outOfDate);
    }

    /** The server took the right to cache away. */
    public ClientFile invalidated() {
        return new ClientFile(version, false, seq);
    }
}
