package sprite.server.prefix;

/** Another server has what only one may have. The message says what and what to do about it, in one line. */
public final class PrefixConflictException extends Exception {
    private static final long serialVersionUID = 1;

    PrefixConflictException(String message) {
        super(message, null, false, false);
    }
}
