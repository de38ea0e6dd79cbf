package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Effect;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Outcome;

/**
 * What a client that was killed or given up may lose: what was written there in the last 30 s (and a scan of 5 s, and
 * some time to send it) and not synced. Such writes may or may not have happened. What programs of that host found of
 * them at that time is not looked at, since it may have been in the cache that was lost; but whatever else they found
 * is. (Where values come again, or in a log, nobody can tell the one from the other; there nothing is looked at.) Pure
 * functions.
 */
final class Losses {
    /** Sprite's delay and scan, and five seconds for the way. */
    private static final long WINDOW_NANOS = 40_000_000_000L;

    private Losses() {}

    /** The same history if nobody was killed. */
    static History concede(History history) {
        History conceded = history;
        for (Crash crash : history.crashes()) {
            conceded = concede(conceded, crash);
        }
        return conceded;
    }

    private static History concede(History history, Crash crash) {
        Set<String> lossy = new TreeSet<>();
        Set<Deed> fromLost = new LinkedHashSet<>();
        for (Operation operation : history.operations()) {
            if (isLossy(history, crash, operation)) {
                Deed deed = operation.deed();
                if (deed.effect() == Effect.WRITE && deed.index() == Deed.UNKNOWN) {
                    fromLost.add(Deed.read(deed.object(), deed.value()));
                } else {
                    lossy.add(deed.object());
                }
            }
        }
        for (Operation operation : history.operations()) {
            if (!isOfMount(history, crash, operation) && operation.isDone()) {
                fromLost.remove(operation.deed()); // it was not lost: others have seen it
            }
        }
        List<Operation> kept = new ArrayList<>();
        for (Operation operation : history.operations()) {
            boolean isLook = !operation.deed().effect().changes();
            if (isLossy(history, crash, operation)) {
                kept.add(operation.withUnknownOutcome());
            } else if (!isLook || !isAtRisk(history, crash, operation)) {
                kept.add(operation);
            } else if (!fromLost.contains(operation.deed())
                    && !lossy.contains(operation.deed().object())) {
                kept.add(operation);
            }
        }
        return new History(history.cast(), kept, history.crashes());
    }

    private static boolean isLossy(History history, Crash crash, Operation operation) {
        return isAtRisk(history, crash, operation)
                && operation.deed().effect().changes()
                && operation.outcome() != Outcome.DURABLE
                && operation.mayBeDone();
    }

    /** Done on that client, shortly before or meanwhile. */
    private static boolean isAtRisk(History history, Crash crash, Operation operation) {
        return isOfMount(history, crash, operation)
                && operation.span().startNanos() <= crash.span().endNanos()
                && operation.span().endNanos() >= crash.span().startNanos() - WINDOW_NANOS;
    }

    private static boolean isOfMount(History history, Crash crash, Operation operation) {
        return crash.mount().equals(history.cast().processes().get(operation.process()));
    }
}
