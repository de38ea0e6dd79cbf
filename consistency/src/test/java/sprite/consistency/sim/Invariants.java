package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sprite.consistency.Changing;
import sprite.consistency.ClientId;
import sprite.consistency.Committing;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.Recalling;
import sprite.consistency.Settled;
import sprite.consistency.Use;

/** What is true of every state of a file. */
final class Invariants {
    private Invariants() {}

    static void check(FileConsistency state, SimServer server) {
        Settled now = state.now();
        for (Map.Entry<ClientId, Use> writer : now.uses().entrySet()) {
            if (writer.getValue().writers() > 0 && now.uses().size() > 1) {
                now.uses().forEach((client, use) -> {
                    if (use.cached()) {
                        throw new Violation(client + " caches while " + writer.getKey() + " writes: " + state);
                    }
                });
            }
        }
        ClientId lastWriter = now.lastWriter();
        if (lastWriter != null) {
            now.uses().keySet().forEach(client -> {
                if (!client.equals(lastWriter)) {
                    throw new Violation(client + " has it open while " + lastWriter + " may be dirty: " + state);
                }
            });
        }
        List<ClientId> known = new ArrayList<>(now.uses().keySet());
        if (lastWriter != null) {
            known.add(lastWriter);
        }
        switch (state) {
            case Settled _ -> {}
            case Committing _ -> throw new Violation("the disk is waited for: " + state);
            case Changing changing ->
                changing.queued().stream().map(Event::client).forEach(known::add);
            case Recalling recalling -> {
                known.addAll(recalling.owing());
                recalling.queued().stream().map(Event::client).forEach(known::add);
            }
        }
        if (known.stream().anyMatch(server::isDead)) {
            throw new Violation("a dead client is remembered: " + state);
        }
    }
}
