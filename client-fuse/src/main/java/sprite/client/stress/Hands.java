package sprite.client.stress;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Through whose hands locks go. Who waits for a lock that others take and give back waits rightly; a lock that does not
 * move is a matter for the {@link Watchdog}. Thread-safe: a concurrent map.
 */
final class Hands {
    private final Map<String, Hand> last = new ConcurrentHashMap<>();

    /**
     * What became of a lock last. Immutable.
     *
     * @param who took it, or gave it back
     * @param atNanos when, by {@link System#nanoTime}
     */
    record Hand(String who, boolean hasIt, long atNanos) {}

    void took(String lock, String who) {
        last.put(lock, new Hand(who, true, System.nanoTime()));
    }

    void gave(String lock, String who) {
        last.put(lock, new Hand(who, false, System.nanoTime()));
    }

    /** Null if nobody has had it. */
    @Nullable
    Hand of(String lock) {
        return last.get(lock);
    }

    /** The locks of a window will not be used again. */
    void forget() {
        last.clear();
    }
}
