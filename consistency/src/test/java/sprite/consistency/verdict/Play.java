package sprite.consistency.verdict;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import sprite.consistency.history.Crash;
import sprite.consistency.history.Deed;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Span;

/** Builds small histories by hand: processes a1, a2 ... work on mount a, and so on. Confined to one thread. */
final class Play {
    private static final long MILLI = 1_000_000;

    private final List<Operation> operations = new ArrayList<>();
    private final List<Crash> crashes = new ArrayList<>();
    private final TreeMap<String, String> mounts = new TreeMap<>();
    private final TreeMap<String, String> processes = new TreeMap<>();

    /** Something was done from one time to another, in milliseconds. */
    Play op(String process, long start, long end, Deed deed) {
        return op(process, start, end, deed, Outcome.OK);
    }

    Play op(String process, long start, long end, Deed deed, Outcome outcome) {
        String mount = process.substring(0, 1);
        mounts.put(mount, "/mnt/" + mount);
        processes.put(process, mount);
        long sequence = 1
                + operations.stream()
                        .filter(one -> one.process().equals(process))
                        .count();
        operations.add(new Operation(process, sequence, new Span(start * MILLI, end * MILLI), deed, outcome, "call"));
        return this;
    }

    Play crash(String mount, long start, long end) {
        crashes.add(new Crash(mount, new Span(start * MILLI, end * MILLI)));
        return this;
    }

    History history() {
        return new History(new History.Cast(mounts, processes), operations, crashes);
    }

    Verdict verdict() {
        return HistoryCheck.check(history());
    }

    /** The stories of all violations, one after another; empty if there are none. */
    String stories() {
        var text = new StringBuilder();
        for (Violation violation : verdict().violations()) {
            text.append(Story.of(violation, history().cast()));
        }
        return text.toString();
    }
}
