package sprite.consistency.sim;

import java.util.function.Consumer;
import sprite.consistency.ClientId;

/**
 * A directory at the server: what each of a few names stands for; 0 if it never stood for anything. Confined to one
 * thread.
 */
final class ServerNames {
    private final SimServer server;
    private final long[] values;
    private final Revocations grant;

    ServerNames(SimServer server, int count) {
        this.server = server;
        values = new long[count];
        grant = new Revocations(
                server,
                Bug.GRANT_NOT_REVOKED,
                Mark.NAMES_REVOKED,
                (client, id) -> server.send(
                        client,
                        "revoke names #" + id,
                        () -> server.client(client).names().revoked(id)));
    }

    void lookup(ClientId client, int name, Consumer<Long> done) {
        boolean granted = grant.offer(client, true);
        long value = values[name];
        server.send(client, "lookup n" + name + "=" + value + (granted ? " granted" : ""), () -> {
            server.client(client).names().found(name, value, granted);
            done.accept(value);
        });
    }

    void change(ClientId client, int name, long value, Runnable done) {
        grant.change(client, () -> {
            values[name] = value;
            grant.finished();
            boolean granted = grant.offer(client, true);
            server.send(client, "changed n" + name + "=" + value, () -> {
                server.client(client).names().changed(name, value, granted);
                done.run();
            });
        });
    }

    void died(ClientId client) {
        grant.died(client);
    }

    void takeBack() {
        grant.takeBack();
    }

    void checkAtRest() {
        if (!grant.isAtRest()) {
            throw new Violation("a change of names waits for ever");
        }
    }
}
