package sprite.consistency.verdict;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Value;

/** When a register must have held one value. Confined to one check. */
final class Zone {
    private static final long NEVER = Long.MAX_VALUE;

    private final @Nullable Operation write;
    private long firstEnd;
    private long lastStart;

    private Zone(@Nullable Operation write, long firstEnd, long lastStart) {
        this.write = write;
        this.firstEnd = firstEnd;
        this.lastStart = lastStart;
    }

    /** Of a value that is being written; if it is not known whether it was, no end of that. */
    Zone(Operation write) {
        this(
                write,
                write.isDone() ? write.span().endNanos() : NEVER,
                write.span().startNanos());
    }

    /** Of what was there before the beginning. */
    static Zone initial() {
        return new Zone(null, Long.MIN_VALUE, Long.MIN_VALUE);
    }

    void add(Operation read) {
        firstEnd = Math.min(firstEnd, read.span().endNanos());
        lastStart = Math.max(lastStart, read.span().startNanos());
    }

    /** None: the value was there before the beginning. */
    Optional<Operation> write() {
        return Optional.ofNullable(write);
    }

    boolean startsAfter(Operation read) {
        return write != null && read.span().precedes(write.span());
    }

    /** A write that may or may not have been done and that nobody saw says nothing. */
    boolean hasHappened() {
        return firstEnd != NEVER;
    }

    /** Whether the register held the value all the time from the first end to the last start. */
    boolean isCertain() {
        return firstEnd < lastStart;
    }

    /** Whether each of the two values was there before the other. */
    boolean clashesWith(Zone other) {
        return (isCertain() || other.isCertain()) && firstEnd < other.lastStart && other.firstEnd < lastStart;
    }

    long firstEnd() {
        return firstEnd;
    }

    long lastStart() {
        return lastStart;
    }

    long writeStart() {
        return write == null ? Long.MIN_VALUE : write.span().startNanos();
    }

    boolean holds(Operation operation) {
        return operation
                .deed()
                .value()
                .equals(write == null ? Value.NONE : write.deed().value());
    }
}
