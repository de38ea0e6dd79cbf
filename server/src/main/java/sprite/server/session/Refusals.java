package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * Tells of clients that were refused: because of what no client should say, a line for each client and cause, however
 * often it says it again; for other reasons, which may be the server's own, a line each time. Thread-safe: fields
 * guarded by {@code lock}.
 */
public final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    /** So many causes are remembered. Beyond that the one that was told first may be told once more. */
    static final int CAUSES_MAX = 1_000;

    private static final int CHARACTERS_MAX = 300;

    /** What a client has brought about itself, whatever it is that this server can or cannot do. */
    private static final Set<FsError> NONSENSE = Set.of(FsError.BAD_REQUEST, FsError.PROTOCOL_MISMATCH, FsError.STALE);

    private final Consumer<String> warning;

    /** A leaf: nothing else is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<Cause> told = new LinkedHashSet<>();

    /** What was done, not to what: else a client that names one file after the other would fill the log. */
    private record Cause(String client, String operation, FsError error) {}

    /** Tells the log. */
    public Refusals() {
        this(log::warn);
    }

    /** @param warning takes a line for people */
    Refusals(Consumer<String> warning) {
        this.warning = warning;
    }

    /**
     * A client was refused.
     *
     * @param client tells it from others, as well as that is known
     * @param name what it calls itself ({@link Printable#name}), and where it is
     */
    public void tell(String client, String name, FsException why) {
        String line = printable(name) + ": " + printable(why.getMessage() + "");
        if (!NONSENSE.contains(why.error())) {
            warning.accept(line);
        } else if (isNews(new Cause(client, why.operation(), why.error()))) {
            warning.accept("refused " + line + "; the same again from there is not told");
        }
    }

    /** As {@link #tell(String, String, FsException)}, of a client that is here. */
    public void tell(Session session, FsException why) {
        tell(session.client() + "", session + "", why);
    }

    private boolean isNews(Cause cause) {
        lock.lock();
        try {
            boolean news = told.add(cause);
            if (told.size() > CAUSES_MAX) {
                Iterator<Cause> first = told.iterator();
                var _ = first.next();
                first.remove();
            }
            return news;
        } finally {
            lock.unlock();
        }
    }

    private static String printable(String text) {
        return Printable.text(text, CHARACTERS_MAX);
    }
}
