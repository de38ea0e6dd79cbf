package sprite.consistency.verdict;

import java.util.List;

/**
 * What a check found. Immutable.
 *
 * @param operations how many were looked at
 * @param objects on how many objects they were
 * @param violations the first of each object that has any
 */
public record Verdict(long operations, long objects, List<Violation> violations) {
    public Verdict {
        violations = List.copyOf(violations);
    }

    /** Whether everything can be explained. */
    public boolean isClean() {
        return violations.isEmpty();
    }
}
