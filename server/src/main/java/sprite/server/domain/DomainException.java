package sprite.server.domain;

/** Why a directory cannot be served as a domain: one line for people that says what, why, and what to do. */
public final class DomainException extends Exception {
    private static final long serialVersionUID = 1;

    /** A reason without a cause worth showing. */
    public DomainException(String message) {
        super(message);
    }

    /** A reason and what brought it about. */
    public DomainException(String message, Throwable cause) {
        super(message, cause);
    }
}
