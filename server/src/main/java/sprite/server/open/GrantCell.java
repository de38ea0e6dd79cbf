package sprite.server.open;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.consistency.Grant;

/** One grant, and who waits for it to be clear. Confined to the holder of its entry's lock. */
final class GrantCell {
    private Grant grant = Grant.NOBODY;
    private @Nullable CompletableFuture<@Nullable Void> settled;

    Grant grant() {
        return grant;
    }

    /** Takes the next state; wakes who waits if nobody owes anything any more. */
    void become(Grant next) {
        grant = next;
        CompletableFuture<@Nullable Void> waiting = settled;
        if (waiting != null && next.owing().isEmpty()) {
            settled = null;
            waiting.complete(null);
        }
    }

    /** Completes when nobody owes anything; dependents must run elsewhere, for the entry is locked then. */
    CompletableFuture<@Nullable Void> settled() {
        if (grant.owing().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<@Nullable Void> waiting = settled;
        if (waiting == null) {
            waiting = new CompletableFuture<>();
            settled = waiting;
        }
        return waiting;
    }
}
