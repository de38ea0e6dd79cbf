package sprite.client.control;

/** What a daemon does for commands. Thread-safe. */
public interface Controlled {
    /** The mount at this moment, a tree of records whose names are those of the JSON. */
    Object status();

    /**
     * Writes everything back and unmounts. Without {@code force} nothing changes if something cannot be written or a
     * program uses the mount. Returns when the mount is gone and the daemon is about to end, or has refused.
     */
    StopAnswer stop(boolean force);
}
