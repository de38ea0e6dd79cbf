package sprite.common.error;

/**
 * A refusal that the caller must hear of: what was tried, on what, and why not. Carries no stack trace; it is an
 * answer, not a bug.
 */
public final class FsException extends Exception {
    private static final long serialVersionUID = 1;

    private final String operation;
    private final String subject;
    private final FsError error;

    /**
     * A refusal of {@code operation} on {@code subject}.
     *
     * @param operation a verb, such as "open"
     * @param subject the thing it was tried on, such as a path or a file id; may be followed by a detail for people
     */
    public FsException(String operation, String subject, FsError error) {
        super(operation + " " + subject + ": " + error, null, false, false);
        this.operation = operation;
        this.subject = subject;
        this.error = error;
    }

    /** What was tried. */
    public String operation() {
        return operation;
    }

    /** What it was tried on. */
    public String subject() {
        return subject;
    }

    /** Why it was refused. */
    public FsError error() {
        return error;
    }
}
