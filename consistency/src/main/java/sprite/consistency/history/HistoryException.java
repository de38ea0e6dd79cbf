package sprite.consistency.history;

/** A history cannot be judged: it is not whole, or not one at all. The message says where and why, in one line. */
public final class HistoryException extends Exception {
    private static final long serialVersionUID = 1;

    HistoryException(String message) {
        super(message, null, false, false);
    }

    HistoryException(long line, String message) {
        this("line " + line + ": " + message);
    }
}
