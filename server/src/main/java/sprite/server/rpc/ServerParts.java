package sprite.server.rpc;

import java.time.Clock;
import java.util.List;
import java.util.function.LongSupplier;
import sprite.server.domain.Domain;
import sprite.server.lock.Locks;
import sprite.server.prefix.Locator;
import sprite.server.session.Holdings;
import sprite.server.session.ServerIdentity;

/**
 * What a file server is made of. Immutable.
 *
 * @param clock for times of files
 * @param nanoTime a monotonic clock, for leases
 * @param grantsMax most grants of a client, at least 1
 */
public record ServerParts(
        ServerIdentity identity,
        List<Domain> domains,
        Locks locks,
        Locator locator,
        Clock clock,
        LongSupplier nanoTime,
        int grantsMax) {
    public ServerParts {
        domains = List.copyOf(domains);
    }

    /** With as many grants as usual. */
    public ServerParts(
            ServerIdentity identity,
            List<Domain> domains,
            Locks locks,
            Locator locator,
            Clock clock,
            LongSupplier nanoTime) {
        this(identity, domains, locks, locator, clock, nanoTime, Holdings.GRANTS_MAX);
    }
}
