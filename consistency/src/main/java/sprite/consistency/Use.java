package sprite.consistency;

/**
 * How one client uses one file: Sprite's {ref, write, exec} counts, and whether it may cache. Immutable.
 *
 * @param opens all opens, whatever for; at least one
 * @param writers opens for writing among them
 * @param executors opens for executing among them
 * @param cached whether the client was last told that it may cache the file
 * @param seq of the client's latest open
 */
public record Use(int opens, int writers, int executors, boolean cached, OpenSeq seq) {
    public Use {
        if (opens < 0 || writers < 0 || executors < 0 || writers > opens || executors > opens) {
            throw new IllegalArgumentException("impossible use: " + opens + "/" + writers + "/" + executors);
        }
    }

    /** No opens. */
    public static final Use NONE = new Use(0, 0, 0, false, OpenSeq.NONE);

    /** With one more open. */
    public Use plus(OpenMode mode, boolean nowCached, OpenSeq latest) {
        return new Use(
                opens + 1, writers + (mode.write() ? 1 : 0), executors + (mode.execute() ? 1 : 0), nowCached, latest);
    }

    /** With one open less; a close that was never opened takes nothing below zero. */
    public Use minus(OpenMode mode) {
        int fewer = Math.max(0, opens - 1);
        return new Use(
                fewer,
                Math.min(fewer, Math.max(0, writers - (mode.write() ? 1 : 0))),
                Math.min(fewer, Math.max(0, executors - (mode.execute() ? 1 : 0))),
                cached,
                seq);
    }

    /** The same opens, caching or not. */
    public Use withCached(boolean nowCached) {
        return new Use(opens, writers, executors, nowCached, seq);
    }
}
