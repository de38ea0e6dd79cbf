package sprite.consistency.sim;

/** A promise was broken. */
public final class Violation extends RuntimeException {
    public Violation(String what) {
        super(what);
    }
}
