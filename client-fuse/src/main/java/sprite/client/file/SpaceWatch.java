package sprite.client.file;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How much the domains can still store, so that a close writes back, and tells ENOSPC in time, where what is delayed
 * here may not fit. Thread-safe.
 */
final class SpaceWatch {
    /** The part of what is free that a client may owe: others write to the same domain. */
    private static final int SHARE = 4;

    private final Map<Integer, Long> owed = new ConcurrentHashMap<>();

    /** A server has said so. {@code freeBytes} is how much it could lately still store. */
    void note(CachedFile file, boolean isLow, long freeBytes) {
        long most = isLow ? -1 : freeBytes / SHARE;
        Long before = owed.get(file.id.domain());
        if (before == null || before != most) {
            owed.put(file.id.domain(), most);
        }
    }

    /** Whether the file's domain may not have room for {@code dirtyBytes}, which may count other domains' as well. */
    boolean isShort(CachedFile file, long dirtyBytes) {
        Long most = owed.get(file.id.domain());
        return most != null && dirtyBytes > most;
    }
}
