package sprite.consistency.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What was written is what is read; what is not whole is refused, with the line and the reason. */
final class HistoryReaderTest {
    private static final String START = HistoryLines.HEADER + "\nmount a /mnt/a (ext4)\nprocess p1 a\nprocess p2 a\n";

    private static List<History> read(String text) throws HistoryException {
        List<History> windows = new ArrayList<>();
        var reader = new HistoryReader(windows::add);
        for (String line : text.lines().toList()) {
            reader.line(line);
        }
        reader.finish();
        return windows;
    }

    private static void assertRefused(String why, String text) {
        HistoryException refusal = assertThrows(HistoryException.class, () -> read(text));
        assertEquals(why, refusal.getMessage());
    }

    @Test
    void readsWhatWasWritten() throws HistoryException {
        var mounts = new TreeMap<String, String>();
        mounts.put("a", "/mnt/a b (fuse.sshfs)");
        var processes = new TreeMap<String, String>();
        processes.put("p1", "a");
        var cast = new History.Cast(mounts, processes);
        var span = new Span(5, 9);
        var operations = List.of(
                new Operation("p1", 1, span, Deed.write("3/f#0", new Value(7)), Outcome.DURABLE, "pwrite"),
                new Operation("p1", 2, span, Deed.write("3/n", Value.NONE, 4), Outcome.UNKNOWN, "unlink"),
                new Operation("p1", 3, new Span(9, 9), Deed.read("3/f#0", Value.OTHER), Outcome.OK, "pread"),
                new Operation("p1", 4, new Span(9, 12), Deed.entry("3/log", 2, new Value(0)), Outcome.OK, "pread"),
                new Operation("p1", 5, new Span(12, 13), Deed.lock("3/lock"), Outcome.FAILED, "flock"));
        var crash = new Crash("a", new Span(1, 2));
        var text = new StringBuilder(HistoryLines.HEADER + "\n" + HistoryLines.cast(cast));
        text.append(HistoryLines.window(3)).append('\n');
        for (Operation operation : operations) {
            text.append(HistoryLines.operation(operation)).append('\n');
        }
        text.append(HistoryLines.crash(crash)).append('\n').append(HistoryLines.end(5, 1));
        assertEquals(List.of(new History(cast, operations, List.of(crash))), read(text.toString()));
    }

    @Test
    void refusesWhatIsNoHistoryOrOfAnotherVersion() {
        assertRefused("there is nothing in it", "");
        assertRefused("line 1: this is no history: it should begin with 'spritefs-history 2 nanoseconds'", "hello\n");
        assertRefused(
                "line 1: this is 'spritefs-history 3 nanoseconds'; only 'spritefs-history 2 nanoseconds' can be read",
                "spritefs-history 3 nanoseconds\n");
    }

    @Test
    void refusesWhatBreaksOff() {
        String one = START + "op p1 1 0 5 read x none - ok pread\n";
        assertRefused("it breaks off after line 5: there is no line 'end'", one);
        assertRefused("line 5: the outcome is missing", START + "op p1 1 0 5 read x none -");
        assertRefused("line 6: the end speaks of 12 operations, but 1 came before it", one + "end 12 0\n");
        assertRefused("line 7: follows the end", one + "end 1 0\n" + "op p1 2 6 7 read x none - ok pread\n");
    }

    @Test
    void refusesWhatIsOutOfOrder() {
        assertRefused(
                "line 5: operation 2 of p1, where 1 is next: lines are missing or in another order",
                START + "op p1 2 0 5 read x none - ok pread\nend 1 0\n");
        assertRefused("line 5: it ends at 4, before it starts at 5", START + "op p1 1 5 4 read x none - ok pread\n");
        assertRefused(
                "line 6: operation 2 of p1 starts before the one before it has ended",
                START + "op p1 1 0 5 read x none - ok pread\nop p1 2 4 6 read x none - ok pread\n");
    }

    @Test
    void refusesWordsThatItDoesNotKnow() {
        assertRefused("line 5: a line cannot begin with 'operation'", START + "operation p1\n");
        assertRefused("line 5: process p9 was not named before", START + "op p9 1 0 5 read x none - ok pread\n");
        assertRefused("line 5: there is no effect 'peek'", START + "op p1 1 0 5 peek x none - ok pread\n");
        assertRefused("line 5: there is no outcome 'fine'", START + "op p1 1 0 5 read x none - fine pread\n");
        assertRefused(
                "line 5: the value is 'much', not a number that fits", START + "op p1 1 0 5 read x much - ok pread\n");
        assertRefused("line 5: the object is missing", START + "op p1 1 0 5 read  none - ok pread\n");
        assertRefused("line 5: more words than expected: 'more'", START + "op p1 1 0 5 read x none - ok pread more\n");
        assertRefused("line 5: mount b was not named before", START + "process p3 b\n");
    }

    @Test
    void refusesWhatCannotBeJudged() {
        assertRefused(
                "line 6: operation 1 of p2: x is written 7 twice, so that nobody can tell which was read",
                START + "op p1 1 0 5 write x 7 - ok pwrite\nop p2 1 0 5 write x 7 - ok pwrite\nend 2 0\n");
        assertRefused(
                "line 6: operation 1 of p2: x has some writes with an index and some without",
                START + "op p1 1 0 5 write x 7 - ok pwrite\nop p2 1 0 5 write x 8 1 ok pwrite\nend 2 0\n");
        assertRefused(
                "line 6: operation 1 of p2: x begins to be written before the write with the index before is over",
                START + "op p1 1 0 5 write x 7 1 ok pwrite\nop p2 1 4 6 write x 8 2 ok pwrite\nend 2 0\n");
        assertRefused(
                "line 6: operation 1 of p2: x was used as a register before",
                START + "op p1 1 0 5 write x 7 - ok pwrite\nop p2 1 0 5 append x 8 - ok write\nend 2 0\n");
    }

    @Test
    void keepsWindowsApart() {
        String first = START + "window 1\nop p1 1 0 5 write 1/x 7 - ok pwrite\n";
        assertRefused(
                "line 8: object 1/x is not of window 2",
                first + "window 2\nop p1 2 6 7 read 1/x 7 - ok pread\nend 2 0\n");
        assertRefused("line 7: window 1 comes after window 1", first + "window 1\n");
        assertRefused(
                "line 8: the operation starts before all of an earlier window have ended",
                first + "window 2\nop p2 1 4 7 read 2/x none - ok pread\nend 2 0\n");
    }

    /** A history of three processes on two mounts, two windows and a crash in each, in which every line matters. */
    private static List<String> whole() {
        return List.of(
                HistoryLines.HEADER,
                "mount a /mnt/a (ext4)",
                "mount b /mnt/b (ext4)",
                "process p1 a",
                "process p2 a",
                "process p3 b",
                "window 1",
                "op p1 1 10 20 write 1/x 7 - ok pwrite",
                "op p1 2 30 40 write 1/x 8 - ok pwrite",
                "op p3 1 50 60 read 1/x 7 - ok pread",
                "crash a 41 49",
                "window 2",
                "op p1 3 70 80 append 2/log 12 - ok write",
                "op p2 1 90 95 size 2/log 1 - ok stat",
                "op p3 2 96 99 entry 2/log 0 12 ok pread",
                "crash b 97 98",
                "end 6 2");
    }

    @Test
    void refusesAHistoryThatLostALine() throws HistoryException {
        List<String> lines = whole();
        assertEquals(2, read(String.join("\n", lines)).size());
        for (int missing = 0; missing < lines.size(); missing++) {
            var rest = new ArrayList<>(lines);
            rest.remove(missing);
            assertRefused(rest);
        }
    }

    @Test
    void refusesAHistoryThatWasCutOffAnywhere() {
        String text = String.join("\n", whole());
        for (int length = 0; length < text.length(); length++) {
            assertRefused(text.substring(0, length).lines().toList());
        }
    }

    /** The order of lines of different processes within a window says nothing: times do. */
    @Test
    void refusesAnotherOrderOrGivesTheSameVerdict() throws HistoryException {
        List<String> lines = whole();
        List<String> expected = summary(read(String.join("\n", lines)));
        int refused = 0;
        for (int from = 0; from < lines.size(); from++) {
            for (int to = 0; to < lines.size(); to++) {
                var moved = new ArrayList<>(lines);
                moved.add(to, moved.remove(from));
                try {
                    assertEquals(expected, summary(read(String.join("\n", moved))));
                } catch (HistoryException e) {
                    assertNames(e, moved);
                    refused++;
                }
            }
        }
        assertTrue(refused > lines.size() * lines.size() / 2, refused + " were refused");
    }

    private static List<String> summary(List<History> windows) {
        List<String> all = new ArrayList<>();
        for (History window : windows) {
            var text = new TreeSet<String>();
            window.operations().forEach(operation -> text.add(HistoryLines.operation(operation)));
            window.crashes().forEach(crash -> text.add(HistoryLines.crash(crash)));
            all.add(text.toString());
        }
        return all;
    }

    private static void assertRefused(List<String> lines) {
        String text = String.join("\n", lines);
        assertNames(assertThrows(HistoryException.class, () -> read(text), text), lines);
    }

    /** Whatever is wrong, the line is named, unless there is none. */
    private static void assertNames(HistoryException refusal, List<String> lines) {
        String message = String.valueOf(refusal.getMessage());
        assertTrue(
                lines.isEmpty() || message.matches("(?s)(line [0-9]+: |it breaks off after line [0-9]+: ).*"), message);
    }
}
