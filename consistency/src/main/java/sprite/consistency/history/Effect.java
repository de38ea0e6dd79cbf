package sprite.consistency.history;

/** What an operation does to its object, or learns of it. */
public enum Effect {
    /** Puts a value in the place of the one before. */
    WRITE(Family.REGISTER),
    /** Finds a value. */
    READ(Family.REGISTER),
    /** Adds an entry at the end, wherever that is. */
    APPEND(Family.LOG),
    /** Finds the entry at a position. */
    ENTRY(Family.LOG),
    /** Finds how many entries there are. */
    SIZE(Family.LOG),
    /** Takes a lock; nobody else may have it then. */
    LOCK(Family.LOCK),
    /** Gives a lock back. */
    UNLOCK(Family.LOCK);

    /** Kinds of objects. An object is of one kind. */
    public enum Family {
        /** Holds one value at a time: a block of a file, a name, a size. */
        REGISTER,
        /** A file that is appended to. */
        LOG,
        /** Held by one process at a time. */
        LOCK
    }

    private final Family family;

    Effect(Family family) {
        this.family = family;
    }

    /** The kind of object that it is about. */
    public Family family() {
        return family;
    }

    /** Whether it changes the object. */
    public boolean changes() {
        return switch (this) {
            case WRITE, APPEND, LOCK, UNLOCK -> true;
            case READ, ENTRY, SIZE -> false;
        };
    }
}
