package sprite.client.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.wire.proto.LocateReply;

/**
 * The lines to all servers that this client has met, one each. Thread-safe: the map is concurrent, and {@code opening}
 * keeps two threads from opening one line twice.
 */
public final class Links implements AutoCloseable {
    private static final Duration LOCATE = Duration.ofSeconds(5);

    private final LinkConfig config;
    private final LinkEvents events;
    private final WireCounters counters = new WireCounters();
    private final Map<String, GrpcServerLink> byAddress = new ConcurrentHashMap<>();

    /** Held while a line is opened, across its first exchange; nothing that answers that exchange takes it. */
    private final ReentrantLock opening = new ReentrantLock();

    /** No lines yet. */
    public Links(LinkConfig config, LinkEvents events) {
        this.config = config;
        this.events = events;
    }

    /** The line to {@code address}, opened if there is none. As {@link GrpcServerLink#connect}. */
    public ServerLink to(String address) throws FsException {
        return open(address);
    }

    /** Asks one server where a prefix is exported; null if neither it nor its peers know. */
    public @Nullable LocateReply locate(String address, String prefix) throws FsException {
        LocateReply reply = open(address).locate(prefix, LOCATE);
        return reply.getFound() ? reply : null;
    }

    /** All lines, in no particular order. */
    public List<ServerLink> all() {
        return new ArrayList<>(byAddress.values());
    }

    /** Messages and bytes over all lines. */
    public WireCounters.Totals totals() {
        return counters.totals();
    }

    private GrpcServerLink open(String address) throws FsException {
        GrpcServerLink known = byAddress.get(address);
        if (known != null) {
            return known;
        }
        opening.lock();
        try {
            GrpcServerLink again = byAddress.get(address);
            if (again != null) {
                return again;
            }
            GrpcServerLink fresh = GrpcServerLink.connect(address, config, events, counters);
            byAddress.put(address, fresh);
            return fresh;
        } finally {
            opening.unlock();
        }
    }

    /** Says goodbye to all servers. */
    @Override
    public void close() {
        byAddress.values().forEach(GrpcServerLink::close);
        byAddress.clear();
    }
}
