package sprite.server.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.consistency.ClientId;
import sprite.server.domain.Domain;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.session.ClientRoll;

/**
 * The roll of clients in every domain of the server: whichever of them it serves in its next life, it knows.
 * Thread-safe: fields guarded by {@code lock}.
 */
final class StoredRoll implements ClientRoll {
    private static final Logger log = LoggerFactory.getLogger(StoredRoll.class);

    private final Exports exports;

    /** Held for the disk; only domains are locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<ClientId> entered = new HashSet<>();

    @GuardedBy("lock")
    private final Set<ClientId> storing = new HashSet<>();

    StoredRoll(Exports exports) {
        this.exports = exports;
    }

    /** One of a domain's lists of clients. */
    private interface Clients {
        List<Long> of(Domain domain) throws FsException;
    }

    private Set<ClientId> all(Clients which) throws FsException {
        Set<ClientId> found = new TreeSet<>();
        for (Export export : exports.all()) {
            for (long client : which.of(export.domain())) {
                found.add(new ClientId(client));
            }
        }
        return found;
    }

    @Override
    public Set<ClientId> former() throws FsException {
        Set<ClientId> former = all(Domain::clients);
        lock.lock();
        try {
            entered.addAll(former);
        } finally {
            lock.unlock();
        }
        return former;
    }

    @Override
    public Set<ClientId> formerStoring() throws FsException {
        return all(Domain::storingClients); // not noted: the mark may be missing in another domain
    }

    @Override
    public void enter(ClientId client) throws FsException {
        lock.lock();
        try {
            if (!entered.contains(client)) {
                for (Export export : exports.all()) {
                    export.domain().remember(client.value());
                }
                entered.add(client);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stores(ClientId client) throws FsException {
        lock.lock();
        try {
            if (entered.contains(client) && !storing.contains(client)) {
                for (Export export : exports.all()) {
                    export.domain().rememberStoring(client.value());
                }
                storing.add(client);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void strike(ClientId client) {
        lock.lock();
        try {
            entered.remove(client);
            storing.remove(client);
            for (Export export : exports.all()) {
                forget(export.domain(), client);
            }
        } finally {
            lock.unlock();
        }
    }

    private static void forget(Domain domain, ClientId client) {
        try {
            domain.forget(client.value());
        } catch (FsException e) {
            log.warn("client {} stays on the roll of {}: {}", client, domain.prefix(), e.error());
        }
    }
}
