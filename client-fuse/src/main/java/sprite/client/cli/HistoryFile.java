package sprite.client.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import sprite.client.stress.Observer;
import sprite.consistency.history.Crash;
import sprite.consistency.history.History;
import sprite.consistency.history.HistoryLines;
import sprite.consistency.history.Operation;

/**
 * A history on its way to disk. It has its last line, and so can be judged, when it is closed. Confined to one thread.
 */
final class HistoryFile implements AutoCloseable {
    private final BufferedWriter out;
    private long operations;

    HistoryFile(Path file, History.Cast cast) throws IOException {
        out = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
        line(HistoryLines.HEADER);
        out.write(HistoryLines.cast(cast));
    }

    void add(Observer.Window window) throws IOException {
        line(HistoryLines.window(window.number()));
        for (Operation operation : window.history().operations()) {
            line(HistoryLines.operation(operation));
        }
        for (Crash crash : window.history().crashes()) {
            line(HistoryLines.crash(crash));
        }
        operations += window.history().operations().size();
    }

    private void line(String text) throws IOException {
        out.write(text);
        out.write('\n');
    }

    @Override
    public void close() throws IOException {
        try (out) {
            line(HistoryLines.end(operations));
        }
    }
}
