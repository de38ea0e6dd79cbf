package sprite.client.fs;

import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/**
 * An advisory lock to take, release or test. Immutable.
 *
 * @param owner the kernel's lock owner, unique on this mount; of no meaning for flock, which belongs to the handle
 * @param start first byte; 0 for flock
 * @param end last byte, inclusive; Long.MAX_VALUE means to the end of the file, wherever it comes to lie
 */
public record LockRequest(LockKind kind, LockType type, long owner, long start, long end, boolean blocking, int pid) {
    /** The same for another owner. */
    public LockRequest ownedBy(long another) {
        return new LockRequest(kind, type, another, start, end, blocking, pid);
    }
}
