package sprite.consistency.history;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A history cannot be judged: it is not whole, or not one at all. The message says where and why, in one line. */
public final class HistoryException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient @Nullable Operation about;

    HistoryException(String message) {
        this(null, message);
    }

    /** Of a history that stands in no file, so that there is no line to name. */
    HistoryException(@Nullable Operation about, String message) {
        super(message, null, false, false);
        this.about = about;
    }

    HistoryException(long line, String message) {
        this("line " + line + ": " + message);
    }

    /** Which operation is to blame, if one is. */
    Optional<Operation> about() {
        return Optional.ofNullable(about);
    }
}
