package sprite.consistency.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;

/** What happened of late, and which cases were reached. Confined to one thread. */
final class History {
    private static final int REMEMBERED = 40;

    private final Agenda agenda;
    private final boolean recorded;
    private final Deque<String> lines = new ArrayDeque<>();
    private final Map<Mark, Integer> marks = new EnumMap<>(Mark.class);

    History(Agenda agenda, boolean recorded) {
        this.agenda = agenda;
        this.recorded = recorded;
    }

    /** Lines are kept only on the second run of a seed, when it has failed: they cost more than the run. */
    boolean isRecorded() {
        return recorded;
    }

    void line(String who, String what) {
        if (!recorded) {
            return;
        }
        if (lines.size() == REMEMBERED) {
            lines.removeFirst();
        }
        lines.addLast("%6d %-12s %s".formatted(agenda.now(), who, what));
    }

    void mark(Mark mark) {
        marks.merge(mark, 1, Integer::sum);
    }

    Map<Mark, Integer> marks() {
        return marks;
    }

    String recent() {
        return String.join("\n", lines);
    }
}
