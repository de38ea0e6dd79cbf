package sprite.consistency.small;

import java.util.List;

/** One state of a small world. */
interface State {
    /** The choices that it leaves. */
    List<Move> moves();

    /**
     * A copy, after one of its moves.
     *
     * @throws sprite.consistency.sim.Violation if a promise is broken
     */
    State after(Move move);

    /** Equal for states that are equal. */
    long fingerprint();

    /** What a move is about, for people. */
    String told(Move move);
}
