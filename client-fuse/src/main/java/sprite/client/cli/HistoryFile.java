package sprite.client.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import sprite.client.stress.Observer;
import sprite.consistency.history.Crash;
import sprite.consistency.history.History;
import sprite.consistency.history.HistoryLines;
import sprite.consistency.history.Operation;

/**
 * A history on its way to disk. It has its last line, and so can be judged, when it is closed. Operations are numbered
 * anew, since it may begin with a later window. Confined to one thread.
 */
final class HistoryFile implements AutoCloseable {
    private final BufferedWriter out;
    private final Map<String, Long> sequences = new HashMap<>();
    private long operations;
    private long crashes;

    HistoryFile(Path file, History.Cast cast) throws IOException {
        out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        line(HistoryLines.HEADER);
        out.write(HistoryLines.cast(cast));
    }

    void add(Observer.Window window) throws IOException {
        line(HistoryLines.window(window.number()));
        for (Operation operation : window.history().operations()) {
            long sequence = sequences.merge(operation.process(), 1L, Long::sum);
            line(HistoryLines.operation(operation.withSequence(sequence)));
        }
        for (Crash crash : window.history().crashes()) {
            line(HistoryLines.crash(crash));
        }
        operations += window.history().operations().size();
        crashes += window.history().crashes().size();
    }

    private void line(String text) throws IOException {
        out.write(text);
        out.write('\n');
    }

    @Override
    public void close() throws IOException {
        try (out) {
            line(HistoryLines.end(operations, crashes));
        }
    }
}
