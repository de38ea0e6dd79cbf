package sprite.consistency.history;

/**
 * What an object holds: a number that was written there, or one of three words. For a size it is the size. Immutable.
 */
public record Value(long number) {
    /** Nothing: no file of that name, no data at that place. What every register holds before its first write. */
    public static final Value NONE = new Value(-1);

    /** Something, but which was not looked at. */
    public static final Value SOME = new Value(-2);

    /** What nobody wrote: garbage, or parts of several values. */
    public static final Value OTHER = new Value(-3);

    private static final long LEAST = -3;

    public Value {
        if (number < LEAST) {
            throw new IllegalArgumentException("no value: " + number);
        }
    }

    /** Whether it is a number. */
    public boolean isNumber() {
        return number >= 0;
    }

    /** Whether somebody who saw {@code this} can have looked at {@code held}. */
    public boolean matches(Value held) {
        return equals(held) || (equals(SOME) && held.isNumber());
    }

    @Override
    public String toString() {
        if (isNumber()) {
            return Long.toString(number);
        }
        return equals(NONE) ? "none" : equals(SOME) ? "some" : "other";
    }
}
