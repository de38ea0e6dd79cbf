package sprite.client.simulation;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of a seed. Immutable.
 *
 * @param failure null if everything was as it must be
 * @param steps how often it was decided which thread runs
 * @param nanos of virtual time
 * @param hash the same if and only if the same happened
 * @param marks names of what was reached, and how often
 * @param story the last things that happened before the failure
 */
public record Report(
        long seed,
        @Nullable Throwable failure,
        long steps,
        long nanos,
        long hash,
        Map<String, Integer> marks,
        List<String> story) {
    /** The same, not counted as a failure. */
    Report withoutFailure() {
        return new Report(seed, null, steps, nanos, hash, marks, story);
    }
}
