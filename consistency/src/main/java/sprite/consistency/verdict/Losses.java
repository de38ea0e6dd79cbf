package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import sprite.consistency.history.Crash;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Outcome;

/**
 * What a killed client may lose: what was written there in the last 30 s (and a scan of 5 s, and some time to send it)
 * and not synced. Such writes may or may not have happened. What programs of that host read of the same objects at that
 * time is not looked at, since it may have been from the cache that was lost. Pure functions.
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
        for (Operation operation : history.operations()) {
            if (isLossy(history, crash, operation)) {
                lossy.add(operation.deed().object());
            }
        }
        List<Operation> kept = new ArrayList<>();
        for (Operation operation : history.operations()) {
            if (isLossy(history, crash, operation)) {
                kept.add(operation.withUnknownOutcome());
            } else if (!isAtRisk(history, crash, operation)
                    || operation.deed().effect().changes()
                    || !lossy.contains(operation.deed().object())) {
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

    /** Done on the killed client, shortly before. */
    private static boolean isAtRisk(History history, Crash crash, Operation operation) {
        return crash.mount().equals(history.cast().processes().get(operation.process()))
                && operation.span().startNanos() <= crash.span().endNanos()
                && operation.span().endNanos() >= crash.span().startNanos() - WINDOW_NANOS;
    }
}
