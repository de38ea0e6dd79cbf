package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import sprite.consistency.ClientId;

/** The server: its files, its directory, its sessions and the callbacks that are out. Confined to one thread. */
final class SimServer {
    private final Agenda agenda;
    private final History history;
    private final Rules rules;
    private final List<ServerFile> files = new ArrayList<>();
    private final ServerNames names;
    private final SortedMap<ClientId, Wire> sessions = new TreeMap<>();
    private final SortedMap<ClientId, SimClient> clients = new TreeMap<>();
    private final SortedSet<ClientId> dead = new TreeSet<>();
    private final SortedMap<Long, Consumer<Answer>> callbacks = new TreeMap<>();
    private long lastCallback;
    private long lastSeq;
    private boolean full;

    SimServer(Agenda agenda, History history, Rules rules, int fileCount, int nameCount) {
        this.agenda = agenda;
        this.history = history;
        this.rules = rules;
        for (int i = 0; i < fileCount; i++) {
            files.add(new ServerFile(i, this));
        }
        names = new ServerNames(this, nameCount);
    }

    void connect(SimClient client) {
        clients.put(client.id(), client);
        sessions.put(client.id(), new Wire(agenda, history, "srv->" + client.id()));
    }

    Agenda agenda() {
        return agenda;
    }

    History history() {
        return history;
    }

    Rules rules() {
        return rules;
    }

    ServerFile file(int index) {
        return files.get(index);
    }

    ServerNames names() {
        return names;
    }

    long nextSeq() {
        return ++lastSeq;
    }

    boolean isFull() {
        return full;
    }

    void setFull(boolean now) {
        full = now;
    }

    boolean isDead(ClientId client) {
        return dead.contains(client);
    }

    /** Puts a frame on the stream of a client, behind everything put there before. */
    void send(ClientId to, String frame, Runnable delivery) {
        if (!dead.contains(to)) {
            SimClient client = client(to);
            wire(to).send(frame, () -> {
                if (!client.isDead()) {
                    delivery.run();
                }
            });
        }
    }

    /** A callback: a number by which its one answer is known. */
    long callback(Consumer<Answer> answered) {
        callbacks.put(++lastCallback, answered);
        return lastCallback;
    }

    /** The answer of a callback; a number that was answered before is not heard again. */
    void answered(long id, Answer answer) {
        Consumer<Answer> callback = rules.broken(Bug.DONE_COUNTED_TWICE) ? callbacks.get(id) : callbacks.remove(id);
        if (callback == null) {
            history.mark(Mark.DONE_REPEATED);
        } else {
            callback.accept(answer);
        }
    }

    SimClient client(ClientId id) {
        SimClient client = clients.get(id);
        if (client == null) {
            throw new IllegalStateException("no client " + id);
        }
        return client;
    }

    private Wire wire(ClientId id) {
        Wire wire = sessions.get(id);
        if (wire == null) {
            throw new IllegalStateException("no session " + id);
        }
        return wire;
    }

    /** The lease and the skew have passed. */
    void declareDead(ClientId client) {
        history.line("server", "declares " + client + " dead");
        dead.add(client);
        files.forEach(f -> f.died(client));
        names.died(client);
    }

    /** The bounds of its tables are reached. */
    void takeBackGrants() {
        files.forEach(ServerFile::takeBackAttributes);
        names.takeBack();
    }

    /** Nobody waits for anything. */
    void checkAtRest() {
        files.forEach(ServerFile::checkAtRest);
        names.checkAtRest();
    }
}
