package sprite.client.file;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which domains are nearly full, so that a close there writes back and tells ENOSPC in time. Thread-safe. */
final class SpaceWatch {
    private final Set<Integer> low = ConcurrentHashMap.newKeySet();

    /** A server has said so. */
    void note(CachedFile file, boolean isLow) {
        if (isLow) {
            low.add(file.id.domain());
        } else if (!low.isEmpty()) {
            low.remove(file.id.domain());
        }
    }

    boolean isLow(CachedFile file) {
        return !low.isEmpty() && low.contains(file.id.domain());
    }
}
