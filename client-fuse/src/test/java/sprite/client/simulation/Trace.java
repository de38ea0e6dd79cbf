package sprite.client.simulation;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.ServerFrame;

/** What happened last, for people. Confined to the world's carrier. */
final class Trace {
    private static final int KEPT = 4_000;
    private static final TextFormat.Printer PRINTER = TextFormat.printer().emittingSingleLine(true);

    private final ArrayDeque<Event> events = new ArrayDeque<>();
    private @Nullable Scheduler scheduler;

    private record Event(long nanos, String who, String what, Object about) {
        @Override
        public String toString() {
            String text = about instanceof Message message ? PRINTER.printToString(message) : about.toString();
            if (text.length() > 700) {
                text = text.substring(0, 700) + "...";
            }
            return String.format(Locale.ROOT, "%12.6f %-9s %s %s", nanos / 1e9, who, what, text);
        }
    }

    void begin(Scheduler times) {
        scheduler = times;
    }

    void sent(Node from, Node to, Object message) {
        add(from, "  -> " + to, message);
    }

    void received(Node at, Node from, Object message) {
        add(at, "  <- " + from, message);
    }

    void did(Node at, String what, Object about) {
        add(at, what, about);
    }

    /** A client that waits says little else, and would drive the story out. */
    private static boolean isKeepAlive(Object about) {
        return (about instanceof ClientFrame said && said.hasKeepAlive())
                || (about instanceof ServerFrame answered && answered.hasKeepAlive());
    }

    private void add(Node at, String what, Object about) {
        Scheduler times = scheduler;
        if (times != null && !isKeepAlive(about)) {
            events.add(new Event(times.nowNanos(), at.toString(), what, about));
            if (events.size() > KEPT) {
                events.poll();
            }
        }
    }

    /** The last events, oldest first. */
    List<String> last(int most) {
        List<Event> all = new ArrayList<>(events);
        return all.subList(Math.max(0, all.size() - most), all.size()).stream()
                .map(Event::toString)
                .toList();
    }
}
