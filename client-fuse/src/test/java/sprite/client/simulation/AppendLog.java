package sprite.client.simulation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What was appended to a file by many. Confined to the world's carrier. */
final class AppendLog {
    private final Map<Long, Line> lines = new LinkedHashMap<>();
    private boolean powerLost;

    /** A line, appended after {@code begun} and by {@code ended} (0: not yet, or nobody knows whether). */
    static final class Line {
        private final Object writer;
        private final long value;
        private final long begun;
        private long ended;
        private boolean seenElsewhere;
        private boolean inDoubt;

        private Line(Object writer, long value, long begun) {
            this.writer = writer;
            this.value = value;
            this.begun = begun;
        }
    }

    Line begin(Object writer, long value, long now) {
        Line line = new Line(writer, value, now);
        lines.put(value, line);
        return line;
    }

    void end(Line line, long now) {
        line.ended = line.inDoubt ? 0 : now;
    }

    /** A writer is gone: what nobody else has seen of its lines may be gone too. */
    void lost(Object writer) {
        for (Line line : lines.values()) {
            if (line.writer.equals(writer) && !line.seenElsewhere) {
                line.ended = 0;
            }
        }
    }

    /** The server's machine stopped; nobody syncs a log. */
    void unsyncedLost() {
        for (Line line : lines.values()) {
            line.ended = 0;
            line.seenElsewhere = false;
            line.inDoubt = true;
        }
        powerLost = true;
    }

    private static boolean isHole(byte[] content, int at) {
        return Arrays.equals(content, at, at + Slot.BYTES, new byte[Slot.BYTES], 0, Slot.BYTES);
    }

    /** Bytes that are there for sure, now. */
    long floor() {
        return lines.values().stream().filter(line -> line.ended != 0).count() * Slot.BYTES;
    }

    /** Bytes that may be there, now. */
    long ceiling() {
        return (long) lines.size() * Slot.BYTES;
    }

    /** The file was read whole, by somebody who began at {@code begin}. */
    void read(Object reader, byte[] content, long begin) {
        if (content.length % Slot.BYTES != 0) {
            throw new AssertionError("the log: read " + content.length + " bytes");
        }
        Set<Long> there = new HashSet<>();
        Line before = null;
        for (int at = 0; at < content.length; at += Slot.BYTES) {
            if (powerLost && isHole(content, at)) {
                continue; // what was appended past a cache is lost, and what came after it is not
            }
            Line line = line(content, at, there);
            if (before != null && line.ended != 0 && line.ended < before.begun) {
                throw new AssertionError("the log: " + Register.show(line.value) + " comes after "
                        + Register.show(before.value) + ", which was begun when it was done");
            }
            before = line;
        }
        for (Line line : lines.values()) {
            if (line.ended != 0 && line.ended < begin && !there.contains(line.value)) {
                throw new AssertionError("the log, of " + content.length + " bytes: " + Register.show(line.value)
                        + " was appended and is not there");
            }
        }
        for (long value : there) {
            Line line = lines.get(value);
            if (line != null && !line.writer.equals(reader)) {
                line.seenElsewhere = true;
            }
        }
    }

    private Line line(byte[] content, int at, Set<Long> there) {
        long value = Slot.value(content, at);
        @Nullable Line line = lines.get(value);
        if (line == null) {
            throw new AssertionError("the log: nobody ever appended " + Register.show(value));
        }
        if (!there.add(value)) {
            throw new AssertionError("the log: " + Register.show(value) + " is there twice");
        }
        return line;
    }
}
