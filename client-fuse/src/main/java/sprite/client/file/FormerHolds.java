package sprite.client.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Trails;
import sprite.client.call.Call;

/**
 * Files that were held still for calls of this client's life before, until those are carried out once more: a server
 * may have truncated such a file, so that what was written to it before must not get home. Thread-safe: a concurrent
 * map, and counts under the files' locks.
 */
final class FormerHolds {
    /** By the numbers of the calls. */
    private final Map<Long, CachedFile> held = new ConcurrentHashMap<>();

    /** A file stays still. */
    void begin(long call, CachedFile file, Former former) {
        file.lock.lock();
        try {
            file.changes++;
            former.changes++;
            held.put(Trails.key(call), file);
        } finally {
            file.lock.unlock();
        }
    }

    /** The current call holds a file now, or did in the life before. */
    void renewed(CachedFile file) {
        Call call = held.isEmpty() ? null : Call.current();
        if (call != null && held.remove(Trails.key(call.number()), file)) {
            letGo(file);
        }
    }

    /** Calls that were not asked for again had been answered. */
    void end() {
        List<CachedFile> rest = new ArrayList<>(held.values());
        held.clear();
        rest.forEach(FormerHolds::letGo);
    }

    private static void letGo(CachedFile file) {
        file.lock.lock();
        try {
            file.changes--;
            @Nullable Former former = file.former;
            if (former != null) {
                former.changes--;
            }
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }
}
