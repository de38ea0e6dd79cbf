package sprite.server.open;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientId;
import sprite.consistency.FileConsistency;
import sprite.consistency.FileConsistency.Settled;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/**
 * How one file is being used: its consistency, and what is under way because of it. Confined to the holder of its
 * entry's lock, except that {@code state} may be read by anybody.
 */
final class FileUse {
    volatile FileConsistency state;

    @Nullable
    Overlay overlay;

    /** Its last name is gone; the last close frees it. */
    boolean nameless;

    /** Opens that have not been answered. */
    final Map<OpenSeq, Waiting> waiting = new HashMap<>(4);

    /**
     * The callback that each client owes on account of the recall under way; a later answer to an older one is void.
     */
    final Map<ClientId, Object> recalls = new TreeMap<>();

    /** The latest open of each client that it was told of. */
    final Map<ClientId, OpenSeq> told = new TreeMap<>();

    /** Completes when the client that owns the attributes has reported them. */
    @Nullable
    CompletableFuture<@Nullable Void> asking;

    /** An open that has not been answered. {@code announced}: as a change of the file's attributes. Immutable. */
    record Waiting(OpenWish wish, boolean announced) {}

    FileUse(Version version) {
        this.state = FileConsistency.unused(version);
    }

    boolean isUnused() {
        return state.isUnused() && overlay == null && waiting.isEmpty() && asking == null;
    }

    /** How many reasons there are to look at this file when {@code client} dies. */
    int holdingsOf(ClientId client) {
        Settled now = state.now();
        int opens = now.use(client).opens() + (client.equals(now.lastWriter()) ? 1 : 0);
        for (Waiting open : waiting.values()) {
            if (open.wish().session().client().equals(client)) {
                opens++;
            }
        }
        return opens;
    }

    /** Replaces what is true at this moment; whoever waits goes on waiting. */
    void now(Settled changed) {
        state = switch (state) {
            case Settled _ -> changed;
            case FileConsistency.Recalling r ->
                new FileConsistency.Recalling(changed, r.open(), r.owing(), r.noSpace(), r.queued());
        };
    }

    /** Raises the version without an open. */
    Version raiseVersion() {
        Settled now = state.now();
        Version next = now.version().next();
        now(new Settled(next, now.lastWriter(), now.lastWriterSeq(), now.uses()));
        return next;
    }

    /** The client believes that it caches, and rightly so: its passing open did not change that. */
    void cachesAgain(ClientId client) {
        Settled now = state.now();
        Map<ClientId, sprite.consistency.Use> changed = new TreeMap<>(now.uses());
        changed.computeIfPresent(client, (_, use) -> use.withCached(true));
        now(new Settled(now.version(), now.lastWriter(), now.lastWriterSeq(), new TreeMap<>(changed)));
    }
}
