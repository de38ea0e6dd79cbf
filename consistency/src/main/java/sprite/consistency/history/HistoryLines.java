package sprite.consistency.history;

import java.util.Locale;
import java.util.Map;

/**
 * How a history is written: one thing a line, words between single blanks. Pure functions; no line has its end.
 *
 * <pre>
 * spritefs-history 2 nanoseconds
 * mount NAME PLACE
 * process NAME MOUNT
 * window NUMBER
 * op PROCESS SEQUENCE START END EFFECT OBJECT VALUE INDEX OUTCOME CALL
 * crash MOUNT START END
 * end OPERATIONS CRASHES
 * </pre>
 */
public final class HistoryLines {
    /** The first line: what this is, its version, the unit of times. */
    public static final String HEADER = "spritefs-history 2 nanoseconds";

    /** The first word of every version. */
    static final String NAME = "spritefs-history";

    /** For what is not known or not there. */
    static final String NOTHING = "-";

    private HistoryLines() {}

    /** The lines about who takes part, with line ends. */
    public static String cast(History.Cast cast) {
        var text = new StringBuilder();
        for (Map.Entry<String, String> mount : cast.mounts().entrySet()) {
            text.append("mount ").append(mount.getKey()).append(' ');
            text.append(mount.getValue()).append('\n');
        }
        for (Map.Entry<String, String> process : cast.processes().entrySet()) {
            text.append("process ").append(process.getKey()).append(' ');
            text.append(process.getValue()).append('\n');
        }
        return text.toString();
    }

    /** From here on, all objects have names that begin with {@code NUMBER/}; those of earlier windows are done with. */
    public static String window(long number) {
        return "window " + number;
    }

    /** One operation. */
    public static String operation(Operation operation) {
        Deed deed = operation.deed();
        return "op " + operation.process() + ' ' + operation.sequence() + ' '
                + operation.span().startNanos() + ' ' + operation.span().endNanos() + ' ' + word(deed.effect()) + ' '
                + deed.object() + ' ' + deed.value() + ' '
                + (deed.index() == Deed.UNKNOWN ? NOTHING : Long.toString(deed.index())) + ' '
                + word(operation.outcome()) + ' ' + operation.call();
    }

    /** A mount that may have lost what it alone knew. */
    public static String crash(Crash crash) {
        return "crash " + crash.mount() + ' ' + crash.span().startNanos() + ' '
                + crash.span().endNanos();
    }

    /** The last line, which counts what came before it. */
    public static String end(long operations, long crashes) {
        return "end " + operations + " " + crashes;
    }

    /** An enum's constant as it stands in a line. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
