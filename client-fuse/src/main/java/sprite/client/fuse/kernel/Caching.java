package sprite.client.fuse.kernel;

/** What the kernel may answer to programs without asking the daemon. */
public enum Caching {
    /** Nothing: the daemon's cache is the only one. */
    NOTHING,

    /**
     * Names and attributes, while this host holds the servers' grants on them; the kernel then checks access itself.
     * Names need protocol 7.44.
     */
    NAMES_AND_ATTRIBUTES
}
