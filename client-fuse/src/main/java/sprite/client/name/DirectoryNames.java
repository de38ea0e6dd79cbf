package sprite.client.name;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileName;

/**
 * What is known of one directory's names during one grant: some of them, or all. Changed by the stream's thread only.
 * Thread-safe: a concurrent map and a volatile flag.
 */
final class DirectoryNames {
    private final Map<FileName, Known> known = new ConcurrentHashMap<>();
    private volatile boolean complete;

    /** What is known of {@code name}; null if nothing is. */
    @Nullable
    Known find(FileName name) {
        Known found = known.get(name);
        return found == null && complete ? Known.Absent.INSTANCE : found;
    }

    void put(FileName name, Known.Present entry) {
        known.put(name, entry);
    }

    /** In a complete directory absence needs no note. */
    void remove(FileName name) {
        if (complete) {
            known.remove(name);
        } else {
            known.put(name, Known.Absent.INSTANCE);
        }
    }

    /** From now on every name is known. */
    void markComplete() {
        complete = true;
        known.values().removeIf(Known.Absent.class::isInstance);
    }

    boolean isComplete() {
        return complete;
    }

    Map<FileName, Known> entries() {
        return known;
    }
}
