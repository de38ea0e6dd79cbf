package sprite.client.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A command's end of a control socket: one question, one answer. Thread-safe: no state. */
public final class ControlClient {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ControlClient() {}

    /** What the daemon says of itself. */
    public static JsonNode status(Path socket) throws IOException {
        return ask(socket, Map.of("do", "status"));
    }

    /** Asks the daemon to stop; see {@link Controlled#stop}. */
    public static StopAnswer stop(Path socket, boolean force) throws IOException {
        return JSON.treeToValue(ask(socket, Map.of("do", "stop", "force", force)), StopAnswer.class);
    }

    /** See {@link Controlled#arguments}. */
    public static List<String> arguments(Path socket) throws IOException {
        return List.of(JSON.treeToValue(ask(socket, Map.of("do", "arguments")), String[].class));
    }

    /** Asks the daemon to leave its mount to another one; see {@link Controlled#handOver}. */
    public static HandOverAnswer handOver(Path socket) throws IOException {
        return JSON.treeToValue(ask(socket, Map.of("do", "handOver")), HandOverAnswer.class);
    }

    private static JsonNode ask(Path socket, Map<String, Object> request) throws IOException {
        try (SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                var in = new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8))) {
            connection.write(StandardCharsets.UTF_8.encode(JSON.writeValueAsString(request) + "\n"));
            String line = in.readLine();
            if (line == null) {
                throw new IOException("the daemon ended without an answer");
            }
            return JSON.readTree(line);
        }
    }
}
