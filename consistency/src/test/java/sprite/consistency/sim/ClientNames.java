package sprite.consistency.sim;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What a client knows of the directory under its grant. Confined to one thread. */
final class ClientNames {
    private final SimClient client;
    private final ServerNames server;
    private final SortedMap<Integer, Long> known = new TreeMap<>();
    private final SortedMap<Integer, Integer> changing = new TreeMap<>();

    ClientNames(SimClient client, ServerNames server) {
        this.client = client;
        this.server = server;
    }

    void lookup(int name, Consumer<Long> done) {
        Long cached = known.get(name);
        if (cached != null && mayBeKnown(name)) {
            client.history().mark(Mark.LOOKUP_FROM_CACHE);
            done.accept(cached);
        } else {
            client.request("lookup n" + name, () -> server.lookup(client.id(), name, done));
        }
    }

    void change(int name, long value, Runnable done) {
        changing.merge(name, 1, Integer::sum);
        client.request("change n" + name, () -> server.change(client.id(), name, value, done));
    }

    /** Others may see this client's own change before its reply is here: meanwhile only the server knows. */
    private boolean mayBeKnown(int name) {
        return !changing.containsKey(name) || client.rules().broken(Bug.OWN_CHANGE_FROM_CACHE);
    }

    void changed(int name, long value, boolean granted) {
        changing.computeIfPresent(name, (_, count) -> count == 1 ? null : count - 1);
        found(name, value, granted);
    }

    void found(int name, long value, boolean granted) {
        if (granted) {
            if (mayBeKnown(name)) {
                known.put(name, value);
            }
        } else {
            known.clear();
        }
    }

    void revoked(long id) {
        known.clear();
        client.answer(id, Answer.FORGOTTEN);
    }
}
