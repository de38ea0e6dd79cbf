package sprite.consistency.history;

/**
 * The time of an operation, from before it was asked for until after it was answered: nanoseconds of one monotonic
 * clock. Whatever the operation did, it did at some moment of it. Immutable.
 */
public record Span(long startNanos, long endNanos) {
    public Span {
        if (endNanos < startNanos) {
            throw new IllegalArgumentException("ends at " + endNanos + ", before it starts at " + startNanos);
        }
    }

    /** Whether this was over before the other began. */
    public boolean precedes(Span other) {
        return endNanos < other.startNanos;
    }
}
