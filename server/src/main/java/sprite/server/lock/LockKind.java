package sprite.server.lock;

/** The two families of locks; they do not see each other. */
public enum LockKind {
    /** Whole file, owned by an open file description: flock(2). */
    FLOCK,
    /** Byte range, owned by a process: fcntl(2). */
    POSIX
}
