package sprite.server.rpc;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
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
 * Thread-safe: a concurrent set; the domains are.
 */
final class StoredRoll implements ClientRoll {
    private static final Logger log = LoggerFactory.getLogger(StoredRoll.class);

    private final Exports exports;
    private final Set<ClientId> entered = ConcurrentHashMap.newKeySet();

    StoredRoll(Exports exports) {
        this.exports = exports;
    }

    @Override
    public Set<ClientId> former() throws FsException {
        Set<ClientId> former = new TreeSet<>();
        for (Export export : exports.all()) {
            for (long client : export.domain().clients()) {
                former.add(new ClientId(client));
            }
        }
        entered.addAll(former);
        return former;
    }

    @Override
    public void enter(ClientId client) throws FsException {
        if (!entered.contains(client)) {
            for (Export export : exports.all()) {
                export.domain().remember(client.value());
            }
            entered.add(client);
        }
    }

    @Override
    public void strike(ClientId client) {
        entered.remove(client);
        for (Export export : exports.all()) {
            Domain domain = export.domain();
            try {
                domain.forget(client.value());
            } catch (FsException e) {
                log.warn("client {} stays on the roll of {}: {}", client, domain.prefix(), e.error());
            }
        }
    }
}
