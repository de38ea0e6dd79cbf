package sprite.consistency.history;

/**
 * An effect on an object. Immutable.
 *
 * @param object its name; without blanks
 * @param value written, appended or seen; {@link Value#NONE} for locks
 * @param index of a write: its place in the order of all writes of the object, if that is known; of an entry: its
 *     position, from 0; else {@link #UNKNOWN}
 */
public record Deed(Effect effect, String object, Value value, long index) {
    /** No index. */
    public static final long UNKNOWN = -1;

    /** A value that is written somewhere in the order of writes. */
    public static Deed write(String object, Value value) {
        return new Deed(Effect.WRITE, object, value, UNKNOWN);
    }

    /** A value that is written as the {@code index}th. */
    public static Deed write(String object, Value value, long index) {
        return new Deed(Effect.WRITE, object, value, index);
    }

    /** A value that is found. */
    public static Deed read(String object, Value value) {
        return new Deed(Effect.READ, object, value, UNKNOWN);
    }

    /** An entry that is added. */
    public static Deed append(String object, Value entry) {
        return new Deed(Effect.APPEND, object, entry, UNKNOWN);
    }

    /** An entry that is found. */
    public static Deed entry(String object, long position, Value entry) {
        return new Deed(Effect.ENTRY, object, entry, position);
    }

    /** A number of entries that is found. */
    public static Deed size(String object, long entries) {
        return new Deed(Effect.SIZE, object, new Value(entries), UNKNOWN);
    }

    /** A lock is taken. */
    public static Deed lock(String object) {
        return new Deed(Effect.LOCK, object, Value.NONE, UNKNOWN);
    }

    /** A lock is given back. */
    public static Deed unlock(String object) {
        return new Deed(Effect.UNLOCK, object, Value.NONE, UNKNOWN);
    }
}
