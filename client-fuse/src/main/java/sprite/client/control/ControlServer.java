package sprite.client.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon's end of a control socket. Every conversation has a virtual thread. Thread-safe: immutable. */
public final class ControlServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path mountPoint;
    private final Path socket;
    private final Path pidFile;
    private final Controlled daemon;
    private final ServerSocketChannel listening;
    private final ExecutorService conversations = Executors.newVirtualThreadPerTaskExecutor();

    private ControlServer(Path mountPoint, Controlled daemon, ServerSocketChannel listening) {
        this.mountPoint = mountPoint;
        this.socket = ControlSocket.of(mountPoint);
        this.pidFile = ControlSocket.pidFile(mountPoint);
        this.daemon = daemon;
        this.listening = listening;
    }

    /** Listens for commands about the mount at {@code mountPoint}; a socket left by a dead daemon is replaced. */
    public static ControlServer listen(Path mountPoint, Controlled daemon) throws IOException {
        Path socket = ControlSocket.of(mountPoint);
        ControlSocket.makeDirectory();
        Files.deleteIfExists(socket);
        RecoveryBoxes.forget(mountPoint);
        ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(UnixDomainSocketAddress.of(socket));
        var server = new ControlServer(mountPoint, daemon, listening);
        Files.writeString(server.pidFile, ProcessHandle.current().pid() + "\n");
        Thread.ofVirtual().name("control").start(server::accept);
        return server;
    }

    private void accept() {
        while (listening.isOpen()) {
            try {
                SocketChannel connection = listening.accept();
                conversations.execute(() -> converse(connection));
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                log.warn("control socket {}: {}", socket, e.getMessage());
                return;
            }
        }
    }

    private void converse(SocketChannel connection) {
        try (connection;
                var in = new BufferedReader(Channels.newReader(connection, StandardCharsets.UTF_8));
                var out = new PrintWriter(Channels.newWriter(connection, StandardCharsets.UTF_8))) {
            String line = in.readLine();
            if (line != null) {
                out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
            }
        } catch (IOException e) {
            log.debug("control socket {}: {}", socket, e.getMessage());
        }
    }

    private Object answer(JsonNode request) {
        String what = request.path("do").asText();
        return switch (what) {
            case "status" -> daemon.status();
            case "stop" -> daemon.stop(request.path("force").asBoolean());
            case "arguments" -> daemon.arguments();
            case "handOver" -> daemon.handOver();
            default -> Map.of("error", "cannot do '" + what + "'");
        };
    }

    /** Takes no more requests, and returns when those at hand are answered. */
    @Override
    public void close() {
        try {
            listening.close();
            if (ControlSocket.pid(mountPoint) == ProcessHandle.current().pid()) { // else they are the next mount's
                Files.deleteIfExists(socket);
                Files.deleteIfExists(pidFile);
            }
        } catch (IOException e) {
            log.warn("control socket {}: {}", socket, e.getMessage());
        }
        conversations.close();
    }
}
