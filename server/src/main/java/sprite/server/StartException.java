package sprite.server;

/** Why the server does not start: one line for people that says what is wrong, why, and what to do about it. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1;

    StartException(String message) {
        super(message, null, false, false);
    }
}
