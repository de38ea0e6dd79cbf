package sprite.consistency.sim;

/** A promise was broken. */
final class Violation extends RuntimeException {
    Violation(String what) {
        super(what);
    }
}
