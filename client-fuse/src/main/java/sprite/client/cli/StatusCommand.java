package sprite.client.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import sprite.client.control.ControlClient;
import sprite.client.control.ControlSocket;
import sprite.client.control.RecoveryBoxes;

/** {@code spritefs status}: what a mount or a server is doing. Confined to the main thread. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Tells what a mount or a file server is doing; without either, which mounts there are.")
final class StatusCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(StatusCommand.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(arity = "0..1", paramLabel = "MOUNTPOINT|HOST:PORT", description = "What to ask.")
    private @Nullable String subject;

    @Option(names = "--json", description = "Print everything, as JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws CommandException {
        PrintWriter out = spec.commandLine().getOut();
        try {
            if (subject == null) {
                listMounts(out);
            } else {
                JsonNode status = isServer(subject) ? ofServer(subject) : ofMount(Path.of(subject));
                out.print(json ? pretty(status) : StatusText.of(status));
            }
        } catch (IOException e) {
            throw new CommandException(subject + " does not answer sensibly: " + e.getMessage());
        }
        out.flush();
        return 0;
    }

    private static boolean isServer(String subject) {
        return Server.isAddress(subject) && !Files.isDirectory(Path.of(subject));
    }

    private static JsonNode ofServer(String address) throws CommandException, IOException {
        try (var server = new Server(address)) {
            return JSON.readTree(server.status());
        }
    }

    private static JsonNode ofMount(Path given) throws CommandException {
        Path mountPoint = MountPoint.ours(given);
        try {
            return ControlClient.status(ControlSocket.of(mountPoint));
        } catch (IOException e) {
            throw new CommandException("the daemon of " + mountPoint + " does not answer; "
                    + (RecoveryBoxes.isOrphan(mountPoint)
                            ? "it was killed: 'spritefs upgrade " + mountPoint
                                    + "' gives the mount a new one within a minute of that; "
                            : "")
                    + "'spritefs umount --force " + mountPoint + "' clears away a mount whose daemon is dead");
        }
    }

    /** Of the live daemons of this user. */
    private void listMounts(PrintWriter out) throws IOException {
        List<JsonNode> mounts = new ArrayList<>();
        for (Path socket : ControlSocket.all()) {
            try {
                mounts.add(ControlClient.status(socket));
            } catch (IOException e) {
                log.debug("{} was left behind by a daemon that was killed: {}", socket, e.getMessage());
            }
        }
        if (json) {
            out.print(pretty(JSON.createArrayNode().addAll(mounts)));
            return;
        }
        for (JsonNode mount : mounts) {
            out.println(mount.path("mountPoint").asText() + "  driver "
                    + mount.path("driver").asText() + "  pid "
                    + mount.path("pid").asLong());
        }
        if (mounts.isEmpty()) {
            out.println("no spritefs mounts");
        }
    }

    private static String pretty(JsonNode node) throws IOException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + System.lineSeparator();
    }
}
