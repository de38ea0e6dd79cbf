package sprite.client.fuse.kernel;

/** What the kernel may answer to programs without asking the daemon. */
public enum Caching {
    /** Nothing: the daemon's cache is the only one. */
    NOTHING,

    /**
     * Names, attributes and pages, as long as this host may; the kernel then checks access itself. Names need protocol
     * 7.44. Pages are kept of files that a program opens to read.
     */
    WHAT_IS_LENT
}
