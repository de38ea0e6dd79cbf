package sprite.consistency.verdict;

import java.util.List;
import java.util.Locale;
import sprite.consistency.history.Deed;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;

/** A violation, told to a person. Pure functions. */
public final class Story {
    private static final int LINE_MAX = 100;
    private static final int OPERATIONS_MAX = 8;

    private Story() {}

    /** Several lines, with line ends: what, where, who did what when, and why it cannot be. */
    public static String of(Violation violation, History.Cast cast) {
        var text = new StringBuilder("VIOLATION: " + violation.what() + "\n  in " + violation.object() + "\n");
        List<Operation> operations = violation.operations();
        int left = operations.size();
        for (Operation operation : operations) {
            // The middle of a long list says least.
            if (operations.size() > OPERATIONS_MAX
                    && left > OPERATIONS_MAX / 2
                    && left <= operations.size() - OPERATIONS_MAX / 2) {
                if (left == operations.size() - OPERATIONS_MAX / 2) {
                    text.append("    ...\n");
                }
            } else {
                text.append(line(operation, cast));
            }
            left--;
        }
        wrap(text, violation.why());
        return text.toString();
    }

    private static String line(Operation operation, History.Cast cast) {
        return String.format(
                Locale.ROOT,
                "    %s .. %s s  %s at %s %s%s  (%s)%n",
                Durations.moment(operation.span().startNanos()),
                Durations.moment(operation.span().endNanos()),
                operation.process(),
                cast.place(operation.process()),
                did(operation.deed()),
                ending(operation),
                operation.call());
    }

    private static String did(Deed deed) {
        return switch (deed.effect()) {
            case WRITE -> "wrote " + deed.value();
            case READ -> "read " + deed.value();
            case APPEND -> "appended " + deed.value();
            case ENTRY -> "read " + deed.value() + " at position " + deed.index();
            case SIZE -> "found " + deed.value() + " entries";
            case LOCK -> "got the lock";
            case UNLOCK -> "gave the lock back";
        };
    }

    private static String ending(Operation operation) {
        return switch (operation.outcome()) {
            case OK -> "";
            case DURABLE -> " and synced it";
            case FAILED -> ", which failed";
            case UNKNOWN -> ", perhaps";
        };
    }

    private static void wrap(StringBuilder text, String words) {
        int column = LINE_MAX;
        for (String word : words.split(" ", -1)) {
            if (column + word.length() + 1 > LINE_MAX) {
                text.append(text.charAt(text.length() - 1) == '\n' ? "  " : "\n  ");
                column = 1;
            } else {
                text.append(' ');
            }
            text.append(word);
            column += word.length() + 1;
        }
        text.append('\n');
    }
}
