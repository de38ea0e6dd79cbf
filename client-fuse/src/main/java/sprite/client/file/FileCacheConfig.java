package sprite.client.file;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How much the file cache may hold and how long it may wait. Immutable.
 *
 * @param cacheBytes most memory for blocks, clean and dirty; at least 1 MiB. More saves reads.
 * @param dirtyMax most memory for blocks that are dirty or on their way to a server, bytes, at most 3/4 of
 *     {@code cacheBytes}; writers wait beyond. More absorbs longer bursts.
 * @param writeDelay how long data may stay dirty before it is written back; Sprite's 30 s
 * @param scanInterval how often to look for such data; Sprite's 5 s. Zero: never by itself (tests).
 * @param readAheadMax most bytes read ahead of one sequential reader; 0 switches read-ahead off
 * @param lostAndFound local directory for data that no server would take; made when needed
 * @param skipInvalidation a planted bug, to show that a checker finds it: what a server says is out of date is kept
 */
public record FileCacheConfig(
        long cacheBytes,
        long dirtyMax,
        Duration writeDelay,
        Duration scanInterval,
        int readAheadMax,
        Path lostAndFound,
        boolean skipInvalidation) {

    /** Smallest cache that works. */
    public static final long CACHE_MIN = 1 << 20;

    public FileCacheConfig {
        if (cacheBytes < CACHE_MIN) {
            throw new IllegalArgumentException("a cache of " + cacheBytes + " bytes; at least " + CACHE_MIN);
        }
        if (dirtyMax < CACHE_MIN / 4 || dirtyMax > cacheBytes / 4 * 3) {
            throw new IllegalArgumentException(
                    "dirtyMax of " + dirtyMax + " bytes; at least " + CACHE_MIN / 4 + " and at most 3/4 of the cache");
        }
        if (writeDelay.isNegative() || scanInterval.isNegative() || readAheadMax < 0) {
            throw new IllegalArgumentException("negative delay, interval or read-ahead");
        }
    }

    /** Without a planted bug. */
    public FileCacheConfig(
            long cacheBytes,
            long dirtyMax,
            Duration writeDelay,
            Duration scanInterval,
            int readAheadMax,
            Path lostAndFound) {
        this(cacheBytes, dirtyMax, writeDelay, scanInterval, readAheadMax, lostAndFound, false);
    }

    /** Sprite's delays, half of the cache for dirty blocks, 8 MiB of read-ahead. */
    public static FileCacheConfig of(long cacheBytes, Path lostAndFound) {
        return new FileCacheConfig(
                cacheBytes, cacheBytes / 2, Duration.ofSeconds(30), Duration.ofSeconds(5), 8 << 20, lostAndFound);
    }
}
