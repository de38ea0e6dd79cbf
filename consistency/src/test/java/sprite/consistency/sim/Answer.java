package sprite.consistency.sim;

import sprite.consistency.Event;

/**
 * What a client answers to a callback. Immutable.
 *
 * @param size that it reports, in blocks; {@link #NOTHING} if it has nothing to report
 */
record Answer(Event.Outcome outcome, int size) {
    static final int NOTHING = -1;

    /** It forgot what it was told to forget. */
    static final Answer FORGOTTEN = new Answer(Event.Outcome.OBEYED, NOTHING);
}
