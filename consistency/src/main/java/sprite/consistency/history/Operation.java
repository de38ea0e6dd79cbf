package sprite.consistency.history;

/**
 * One thing that one process did. A call with several effects (a rename, the reading of a directory) is several
 * operations with the same span. Immutable.
 *
 * @param process who; a process does one thing after another
 * @param sequence which of this process's operations, from 1, without gaps
 * @param call what was called, for people; without blanks
 */
public record Operation(String process, long sequence, Span span, Deed deed, Outcome outcome, String call) {
    /** Whether it was done and over before the other began. */
    public boolean precedes(Operation other) {
        return isDone() && span.precedes(other.span);
    }

    /** Whether it is certain that it was done. */
    public boolean isDone() {
        return outcome == Outcome.OK || outcome == Outcome.DURABLE;
    }

    /** Whether it may have been done. */
    public boolean mayBeDone() {
        return outcome != Outcome.FAILED;
    }

    /** The same, of which nobody knows whether it happened. */
    public Operation withUnknownOutcome() {
        return new Operation(process, sequence, span, deed, Outcome.UNKNOWN, call);
    }

    /** The same under another number. */
    public Operation withSequence(long number) {
        return new Operation(process, number, span, deed, outcome, call);
    }
}
