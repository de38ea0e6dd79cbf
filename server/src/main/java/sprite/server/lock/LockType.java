package sprite.server.lock;

/** What a lock keeps others from. */
public enum LockType {
    /** Nothing: the lock is given back. */
    UNLOCK,
    /** Exclusive locks. */
    SHARED,
    /** All locks. */
    EXCLUSIVE;

    /** Whether two owners cannot have these at the same time. */
    boolean conflictsWith(LockType other) {
        return this != UNLOCK && other != UNLOCK && (this == EXCLUSIVE || other == EXCLUSIVE);
    }
}
