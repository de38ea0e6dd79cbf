package sprite.client;

/** Why a daemon cannot start: one line for people that says what, why, and what to do. */
public final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    public StartException(String message) {
        super(message, null, false, false);
    }
}
