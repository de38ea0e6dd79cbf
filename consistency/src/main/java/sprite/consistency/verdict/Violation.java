package sprite.consistency.verdict;

import java.util.List;
import sprite.consistency.history.Operation;

/**
 * Operations that no order explains. Immutable.
 *
 * @param object what they are about
 * @param what happened, in a few words
 * @param operations those that matter, by their start
 * @param why it is impossible
 */
public record Violation(String object, String what, List<Operation> operations, String why) {
    public Violation {
        operations = operations.stream()
                .distinct()
                .sorted((a, b) -> Long.compare(a.span().startNanos(), b.span().startNanos()))
                .toList();
    }
}
