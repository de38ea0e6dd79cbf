package sprite.client.stress;

/** A run cannot begin or cannot go on: one line for people. */
public final class StressException extends Exception {
    private static final long serialVersionUID = 1;

    StressException(String message) {
        super(message, null, false, false);
    }
}
