package sprite.client.cli;

import java.io.PrintWriter;
import java.util.Map;
import java.util.TreeMap;
import sprite.consistency.history.History;
import sprite.consistency.verdict.HistoryCheck;
import sprite.consistency.verdict.Story;
import sprite.consistency.verdict.Verdict;
import sprite.consistency.verdict.Violation;

/** What judging windows has found so far; tells the first violations in full. Confined to one thread. */
final class Findings {
    private final int storiesMax;
    private final PrintWriter out;
    private final Map<String, Integer> kinds = new TreeMap<>();
    private long operations;
    private long objects;
    private int violations;

    Findings(int storiesMax, PrintWriter out) {
        this.storiesMax = storiesMax;
        this.out = out;
    }

    Verdict judge(History window) {
        Verdict verdict = HistoryCheck.check(window);
        operations += verdict.operations();
        objects += verdict.objects();
        for (Violation violation : verdict.violations()) {
            if (violations++ < storiesMax) {
                out.println(Story.of(violation, window.cast()));
                out.flush();
            }
            kinds.merge(violation.what(), 1, Integer::sum);
        }
        return verdict;
    }

    long operations() {
        return operations;
    }

    int violations() {
        return violations;
    }

    boolean isClean() {
        return violations == 0;
    }

    /** One sentence. */
    String summary() {
        String size = operations + " operations on " + objects + " objects";
        if (isClean()) {
            return size + ": every one can be explained";
        }
        var text = new StringBuilder(size + ": VIOLATED on " + violations + " objects");
        String separator = ": ";
        for (var kind : kinds.entrySet()) {
            text.append(separator)
                    .append(kind.getKey())
                    .append(" (")
                    .append(kind.getValue())
                    .append(')');
            separator = ", ";
        }
        return text.toString();
    }
}
