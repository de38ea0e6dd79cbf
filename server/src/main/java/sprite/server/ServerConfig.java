package sprite.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import sprite.common.name.Prefix;
import sprite.server.prefix.HostPort;

/**
 * Everything that can be set about a server. Immutable.
 *
 * @param domains the directories to serve, by prefix, in the order given; at least one
 * @param listen where to listen; port 0: any that is free. Default 127.0.0.1:7450; change it to serve other machines
 * @param peers other servers of the name space, asked for prefixes that this one does not export. Default none
 * @param advertise what clients and peers are told as this server's address; port 0: the one listened on; null: as
 *     {@code listen}. Needed where that is the wildcard address, or where clients come through a translation
 * @param cacheSizeBytes of the cache for file data, at least 1 MiB. Default 256 MiB; more where the files in use are
 *     more than that and the machine has the memory
 * @param grantsMax most names and attributes that one client may hold under grants, counted by directories and files;
 *     at least 100. Default 200,000, which cost some tens of megabytes for each client that holds so many; less where
 *     many clients do, more where one uses more files than that again and again
 * @param verbose whether to log every operation
 */
record ServerConfig(
        SequencedMap<Prefix, Path> domains,
        HostPort listen,
        List<HostPort> peers,
        @Nullable HostPort advertise,
        long cacheSizeBytes,
        int grantsMax,
        boolean verbose) {
    static final HostPort LISTEN = new HostPort("127.0.0.1", 7450);
    static final long CACHE_SIZE_BYTES = 256L << 20;
    private static final long CACHE_SIZE_MIN = 1L << 20;
    private static final int GRANTS_MIN = 100;

    ServerConfig {
        domains = new LinkedHashMap<>(domains);
        peers = List.copyOf(peers);
    }

    /** This configuration, if it makes sense. */
    ServerConfig checked() throws StartException {
        if (domains.isEmpty()) {
            throw new StartException("nothing to serve; name a prefix and a directory with --domain PREFIX=DIR");
        }
        refuseNestedDirectories();
        if (cacheSizeBytes < CACHE_SIZE_MIN) {
            throw new StartException("--cache-size of " + cacheSizeBytes + " bytes is too small; 1M is the least");
        }
        if (grantsMax < GRANTS_MIN) {
            throw new StartException("--max-grants of " + grantsMax + " is too small; " + GRANTS_MIN + " is the least");
        }
        return this;
    }

    /** What others are told, if this server listens on {@code port}. */
    HostPort reachableAt(int port) {
        HostPort told = advertise == null ? listen : advertise;
        return advertise == null || told.port() == 0 ? told.withPort(port) : told;
    }

    /** For people: {@code /=DIR, /projects=DIR}. */
    String domainsText() {
        return domains.entrySet().stream()
                .map(domain -> domain.getKey() + "=" + domain.getValue())
                .collect(Collectors.joining(", "));
    }

    private void refuseNestedDirectories() throws StartException {
        List<Map.Entry<Prefix, Path>> seen = new ArrayList<>();
        for (Map.Entry<Prefix, Path> domain : domains.entrySet()) {
            Path directory = domain.getValue().toAbsolutePath().normalize();
            for (Map.Entry<Prefix, Path> other : seen) {
                if (directory.startsWith(other.getValue()) || other.getValue().startsWith(directory)) {
                    throw new StartException("the directories of " + other.getKey() + " and " + domain.getKey()
                            + " are the same, or one lies in the other (" + other.getValue() + ", " + directory
                            + "); give each domain one of its own");
                }
            }
            seen.add(Map.entry(domain.getKey(), directory));
        }
    }
}
