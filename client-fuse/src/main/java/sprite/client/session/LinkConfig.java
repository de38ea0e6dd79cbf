package sprite.client.session;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a client speaks to its servers. Immutable.
 *
 * @param client the daemon's id, random, the same for all servers
 * @param name for people: host and mount point
 * @param patience how long a call waits for a server that is away; null: for ever (a hard mount)
 */
public record LinkConfig(long client, String name, @Nullable Duration patience) {}
