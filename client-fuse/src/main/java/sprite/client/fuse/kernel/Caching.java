package sprite.client.fuse.kernel;

/** What the kernel may answer to programs without asking the daemon. */
public enum Caching {
    /** Nothing: the daemon's cache is the only one. */
    NOTHING,

    /** Names and attributes, as long as this host may; the kernel then checks access itself. Names need FUSE 7.44. */
    NAMES_AND_ATTRIBUTES,

    /** The same, and pages of files that a program opens to read. */
    PAGES_TOO
}
