package sprite.server.lock;

/** What a lock keeps others from. */
public enum LockType {
    /** Nothing: the lock is given back. */
    UNLOCK,
    /** Exclusive locks. */
    SHARED,
    /** All locks. */
    EXCLUSIVE
}
