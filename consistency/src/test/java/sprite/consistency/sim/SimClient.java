package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import sprite.consistency.ClientId;

/** A client daemon: its caches, its end of the stream, its unary calls. Confined to one thread. */
final class SimClient {
    private final ClientId id;
    private final SimServer server;
    private final Wire toServer;
    private final List<ClientCache> caches = new ArrayList<>();
    private final ClientNames names;
    private boolean dead;

    SimClient(ClientId id, SimServer server, List<Oracle> oracles) {
        this.id = id;
        this.server = server;
        toServer = new Wire(server.agenda(), server.history(), id + "->srv");
        for (int i = 0; i < oracles.size(); i++) {
            caches.add(new ClientCache(this, server.file(i), oracles.get(i)));
        }
        names = new ClientNames(this, server.names());
        server.connect(this);
    }

    ClientId id() {
        return id;
    }

    Agenda agenda() {
        return server.agenda();
    }

    History history() {
        return server.history();
    }

    Rules rules() {
        return server.rules();
    }

    ClientCache cache(int index) {
        return caches.get(index);
    }

    List<ClientCache> caches() {
        return caches;
    }

    ClientNames names() {
        return names;
    }

    boolean isDead() {
        return dead;
    }

    /** Something that this client does after a while, if it lives. */
    void later(long delay, Runnable action) {
        agenda().after(delay, () -> {
            if (!dead) {
                action.run();
            }
        });
    }

    /** A frame that takes effect at the server in order. */
    void tell(String frame, Runnable delivery) {
        toServer.send(frame, () -> {
            if (!server.isDead(id)) {
                delivery.run();
            }
        });
    }

    /** A frame that is executed at the server when a thread finds time. */
    void request(String frame, Runnable execution) {
        toServer.send(
                frame,
                () -> agenda().after(agenda().random(8), () -> {
                    if (!server.isDead(id)) {
                        execution.run();
                    }
                }));
    }

    /** A call beside the stream, in no order. */
    <T> void call(Supplier<T> execution, Consumer<T> done) {
        agenda().after(Wire.delay(agenda()), () -> {
            T reply = execution.get();
            later(Wire.delay(agenda()), () -> done.accept(reply));
        });
    }

    /** The answer to a callback; said again at times, as after a connection lost. */
    void answer(long callback, Answer answer) {
        tell("done #" + callback + " " + answer, () -> server.answered(callback, answer));
        if (agenda().chance(25)) {
            later(
                    agenda().random(200),
                    () -> tell("done again #" + callback + " " + answer, () -> server.answered(callback, answer)));
        }
    }

    /** The daemon is gone; the server learns of it when the lease is over. */
    void die() {
        history().line(id + "", "dies");
        dead = true;
        caches.forEach(ClientCache::die);
        agenda().after(1 + agenda().random(200), () -> server.declareDead(id));
    }
}
