package sprite.server.lock;

/**
 * A lock that somebody holds. Immutable.
 *
 * @param end last byte, {@link Long#MAX_VALUE} if it reaches to the end of the file
 * @param pid the process, as its host numbers it
 */
public record HeldLock(LockOwner owner, LockType type, long start, long end, int pid) {}
