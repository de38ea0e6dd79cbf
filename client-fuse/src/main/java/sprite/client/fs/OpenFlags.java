package sprite.client.fs;

/** How a file is to be opened: the access mode and those flags of open(2) that reach a file system. Immutable. */
public record OpenFlags(
        boolean read, boolean write, boolean execute, boolean append, boolean truncate, boolean exclusive) {}
