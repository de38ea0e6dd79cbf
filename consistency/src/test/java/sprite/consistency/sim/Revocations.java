package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import sprite.consistency.ClientId;
import sprite.consistency.Grant;

/** One grant at the server, and the changes that wait until it is clear. Confined to one thread. */
final class Revocations {
    private final SimServer server;
    private final BiConsumer<ClientId, Long> revoke;
    private final Bug unheeded;
    private final Mark revoked;
    private final List<Waiting> waiting = new ArrayList<>();
    private Grant grant = Grant.NOBODY;

    /** A change that was announced. */
    private record Waiting(ClientId client, Runnable change) {}

    /** @param revoke puts a revocation, with its number, on the stream of a client */
    Revocations(SimServer server, Bug unheeded, Mark revoked, BiConsumer<ClientId, Long> revoke) {
        this.server = server;
        this.unheeded = unheeded;
        this.revoked = revoked;
        this.revoke = revoke;
    }

    /** Whether {@code client} holds the grant after this. */
    boolean offer(ClientId client, boolean mayBeHeld) {
        if (!mayBeHeld || server.isDead(client)) {
            return grant.holders().contains(client) && mayBeHeld;
        }
        if (grant.isOpen()) {
            grant = grant.granted(client);
        } else if (server.rules().broken(Bug.GRANT_DURING_CHANGE)) {
            Grant forced = new Grant(grant.holders(), grant.owing(), 0).died(client);
            Grant held = new Grant(forced.holders(), Grant.NOBODY.owing(), 0).granted(client);
            grant = new Grant(held.holders(), forced.owing(), grant.changes());
            return true;
        } else {
            server.history().mark(Mark.GRANT_REFUSED_DURING_CHANGE);
        }
        return grant.holders().contains(client);
    }

    /** Carries the change out when nobody else holds the grant any more. {@link #finished} ends it. */
    void change(ClientId changer, Runnable change) {
        if (server.rules().broken(unheeded)) {
            change.run();
            return;
        }
        Grant.Announced announced = grant.announce(changer);
        grant = announced.next();
        announced.revoked().forEach(this::revokeFrom);
        waiting.add(new Waiting(changer, change));
        proceed();
    }

    void finished() {
        grant = grant.finished();
    }

    /** {@code client} has let go of it together with something else. */
    void dropped(ClientId client) {
        grant = grant.died(client);
        proceed();
    }

    void died(ClientId client) {
        grant = grant.died(client);
        proceed();
    }

    /** The server takes it back for reasons of its own. */
    void takeBack() {
        if (!grant.holders().isEmpty()) {
            takeBackFrom(grant.holders().first());
        }
    }

    /** It is gone only when the holder has said so: until then it may answer from what it holds. */
    void takeBackFrom(ClientId holder) {
        if (grant.holders().contains(holder)) {
            boolean silently = server.rules().broken(Bug.GRANT_TAKEN_SILENTLY);
            grant = silently ? grant.died(holder) : grant.recalled(holder);
            server.history().mark(Mark.GRANT_TAKEN_BACK);
            if (!silently) {
                revokeFrom(holder);
            }
        }
    }

    boolean isAtRest() {
        return waiting.isEmpty() && grant.changes() == 0 && grant.owing().isEmpty();
    }

    private void revokeFrom(ClientId holder) {
        server.history().mark(revoked);
        long id = server.callback(_ -> {
            grant = grant.obeyed(holder);
            proceed();
        });
        revoke.accept(holder, id);
    }

    private void proceed() {
        for (Waiting next : List.copyOf(waiting)) {
            if (grant.isClearFor(next.client()) && waiting.remove(next)) {
                next.change().run();
            }
        }
    }
}
