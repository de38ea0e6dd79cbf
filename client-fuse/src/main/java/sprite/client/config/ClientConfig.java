package sprite.client.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client daemon works. Immutable.
 *
 * @param name for people, in the servers' status: host and mount point
 * @param servers host:port each, at least one; asked for prefixes in this order
 * @param cacheBytes most memory for cached blocks; more saves reads
 * @param patience how long a call waits for a server that is away; null: for ever ({@code hard})
 * @param writeDelay how long data may stay dirty; Sprite's 30 s
 * @param scanInterval how often to look for such data; Sprite's 5 s
 * @param lostAndFound local directory for data that no server would take
 * @param skipInvalidation a planted bug, to show that a checker finds it: what a server says is out of date is kept
 */
public record ClientConfig(
        String name,
        List<String> servers,
        long cacheBytes,
        @Nullable Duration patience,
        Duration writeDelay,
        Duration scanInterval,
        Path lostAndFound,
        boolean skipInvalidation) {

    public ClientConfig {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no server named");
        }
    }

    /** Without a planted bug. */
    public ClientConfig(
            String name,
            List<String> servers,
            long cacheBytes,
            @Nullable Duration patience,
            Duration writeDelay,
            Duration scanInterval,
            Path lostAndFound) {
        this(name, servers, cacheBytes, patience, writeDelay, scanInterval, lostAndFound, false);
    }

    /** Sprite's delays, a hard mount. */
    public static ClientConfig of(String name, List<String> servers, long cacheBytes, Path lostAndFound) {
        return new ClientConfig(
                name, servers, cacheBytes, null, Duration.ofSeconds(30), Duration.ofSeconds(5), lostAndFound);
    }
}
