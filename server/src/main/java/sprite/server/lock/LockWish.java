package sprite.server.lock;

import sprite.common.name.FileId;

/**
 * One request for a lock, as {@link Locks#lock} takes it apart from whether it may wait. Of FLOCK the range is always
 * the whole file. Immutable.
 */
record LockWish(LockOwner owner, FileId file, LockKind kind, LockType type, long start, long end, int pid) {
    LockWish {
        if (kind == LockKind.FLOCK) {
            start = 0;
            end = Long.MAX_VALUE;
        }
    }

    /** Whether the range is one. */
    boolean isSound() {
        return start >= 0 && end >= start;
    }

    Place place() {
        return new Place(file, kind);
    }

    /** Where locks meet: one file, one family. Immutable. */
    record Place(FileId file, LockKind kind) {}
}
