package sprite.client.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What was appended to a file by many. Confined to the world's carrier. */
final class AppendLog {
    private final Map<Long, Line> lines = new HashMap<>();
    private final List<Line> begun = new ArrayList<>();
    private int completed;

    /** A line, appended after {@code begun} and by {@code ended} (0: not yet). */
    static final class Line {
        private final long value;
        private final long begun;
        private long ended;

        private Line(long value, long begun) {
            this.value = value;
            this.begun = begun;
        }
    }

    Line begin(long value, long now) {
        Line line = new Line(value, now);
        lines.put(value, line);
        begun.add(line);
        return line;
    }

    void end(Line line, long now) {
        line.ended = now;
        completed++;
    }

    /** Bytes that are there for sure, now. */
    long floor() {
        return (long) completed * Slot.BYTES;
    }

    /** Bytes that may be there, now. */
    long ceiling() {
        return (long) begun.size() * Slot.BYTES;
    }

    /** The file was read whole, by somebody who began at {@code begin}, when {@code floor} bytes were there. */
    void read(byte[] content, long begin, long floor) {
        if (content.length < floor || content.length > ceiling() || content.length % Slot.BYTES != 0) {
            throw new AssertionError("the log: read " + content.length + " bytes; at least " + floor + ", at most "
                    + ceiling() + " were appended");
        }
        Map<Long, Integer> places = new HashMap<>();
        for (int at = 0; at < content.length; at += Slot.BYTES) {
            long value = Slot.value(content, at);
            if (!lines.containsKey(value)) {
                throw new AssertionError("the log: nobody ever appended " + Register.show(value));
            }
            if (places.put(value, at) != null) {
                throw new AssertionError("the log: " + Register.show(value) + " is there twice");
            }
        }
        long latestBegun = 0;
        for (int at = content.length - Slot.BYTES; at >= 0; at -= Slot.BYTES) {
            latestBegun = order(content, at, latestBegun);
        }
        for (Line line : begun) {
            if (line.ended != 0 && line.ended < begin && !places.containsKey(line.value)) {
                throw new AssertionError("the log: " + Register.show(line.value) + " was appended and is not there");
            }
        }
    }

    private long order(byte[] content, int at, long ignored) {
        Line line = lines.get(Slot.value(content, at));
        if (line == null) {
            throw new IllegalStateException("looked up before");
        }
        Line next = at + Slot.BYTES < content.length ? lines.get(Slot.value(content, at + Slot.BYTES)) : null;
        if (next != null && next.ended != 0 && next.ended < line.begun) {
            throw new AssertionError("the log: " + Register.show(next.value) + " comes after "
                    + Register.show(line.value) + ", which was begun when it was done");
        }
        return ignored;
    }
}
