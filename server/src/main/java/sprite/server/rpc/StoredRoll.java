package sprite.server.rpc;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
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

    /** After so many looks at which a client had no writable pages its mark goes: each costs a write to the disk. */
    private static final int IDLE_MAX = 20;

    /** Held for the disk; only domains and page holders are locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Those that are on the list of every domain. */
    @GuardedBy("lock")
    private final Set<ClientId> entered = new HashSet<>();

    /** Those that are marked in every domain. Changed with the lock held. */
    private final Set<ClientId> storing = ConcurrentHashMap.newKeySet();

    /** Those that may be marked in some, perhaps since the server's former life. Changed with the lock held. */
    private final Set<ClientId> marked = ConcurrentHashMap.newKeySet();

    /** How often in a row they were found without writable pages. */
    private final Map<ClientId, Integer> idle = new ConcurrentHashMap<>();

    StoredRoll(Exports exports) {
        this.exports = exports;
    }

    /** One of a domain's lists of clients. */
    private interface Clients {
        List<Long> of(Domain domain) throws FsException;
    }

    /** The lists of all domains. */
    private List<Set<ClientId>> lists(Clients which) throws FsException {
        List<Set<ClientId>> lists = new ArrayList<>();
        for (Export export : exports.all()) {
            Set<ClientId> list = new TreeSet<>();
            for (long client : which.of(export.domain())) {
                list.add(new ClientId(client));
            }
            lists.add(list);
        }
        return lists;
    }

    private static Set<ClientId> union(List<Set<ClientId>> lists) {
        Set<ClientId> union = new TreeSet<>();
        lists.forEach(union::addAll);
        return union;
    }

    @Override
    public Set<ClientId> former() throws FsException {
        List<Set<ClientId>> lists = lists(Domain::clients);
        Set<ClientId> former = union(lists);
        // Not who is missing in one: a domain may be new here, or have lost a record. It is entered when it comes.
        Set<ClientId> everywhere = new TreeSet<>(former);
        lists.forEach(everywhere::retainAll);
        lock.lock();
        try {
            entered.addAll(everywhere);
        } finally {
            lock.unlock();
        }
        return former;
    }

    @Override
    public Set<ClientId> formerStoring() throws FsException {
        Set<ClientId> former =
                union(lists(Domain::storingClients)); // of which the mark may be missing in another domain
        lock.lock();
        try {
            marked.addAll(former);
        } finally {
            lock.unlock();
        }
        return former;
    }

    @Override
    public void enter(ClientId client) throws FsException {
        lock.lock();
        try {
            if (!entered.contains(client)) {
                boolean mayStore = marked.contains(client); // where it is on the list, the mark stays
                for (Export export : exports.all()) {
                    if (mayStore) {
                        export.domain().rememberStoring(client.value());
                    } else {
                        export.domain().remember(client.value());
                    }
                }
                entered.add(client);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stores(ClientId client) throws FsException {
        if (storing.contains(client)) {
            return;
        }
        lock.lock();
        try {
            if (entered.contains(client) && !storing.contains(client)) {
                marked.add(client);
                for (Export export : exports.all()) {
                    export.domain().rememberStoring(client.value());
                }
                storing.add(client);
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the marks off clients that have had no writable pages for a while. To be called now and then, when nobody
     * is waited for any more.
     *
     * @param holders who has writable pages at this moment
     */
    void unmark(Supplier<Set<ClientId>> holders) {
        if (marked.isEmpty()) {
            return;
        }
        Set<ClientId> hold = holders.get();
        idle.keySet().retainAll(marked);
        for (ClientId client : marked) {
            int looks = hold.contains(client) ? 0 : idle.getOrDefault(client, 0) + 1;
            idle.put(client, looks);
            if (looks >= IDLE_MAX) {
                idle.remove(client);
                unmark(client, holders);
            }
        }
    }

    private void unmark(ClientId client, Supplier<Set<ClientId>> holders) {
        lock.lock();
        try {
            // First: who gets writable pages from now on, and then asks for the mark, waits for the lock.
            boolean everywhere = storing.remove(client);
            if (holders.get().contains(client)) {
                if (everywhere) {
                    storing.add(client);
                }
                return;
            }
            if (entered.contains(client)) {
                for (Export export : exports.all()) {
                    export.domain().remember(client.value());
                }
            }
            marked.remove(client);
        } catch (FsException e) {
            log.warn("client {} stays marked as one that may have stored into pages: {}", client, e.error());
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
            marked.remove(client);
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
