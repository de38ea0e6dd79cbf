package sprite.client.cli;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import sprite.client.fuse.Drivers;
import sprite.client.fuse.Kernel;

/**
 * Real servers and real mounts for tests, every one in a JVM of its own, all below one directory: {@code NAME.log} is
 * what a process said. Processes are stopped by handle, mounts last-made first; what still hangs is killed and
 * unmounted lazily. Confined to the test's thread.
 */
public final class MountHarness implements AutoCloseable {
    /** Below the standard ip_local_port_range of Linux. */
    private static final int PORTS_FROM = 15_000;

    private static final int PORTS_TO = 32_000;

    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration END_MAX = Duration.ofSeconds(60);

    private final Path directory;
    private final List<Running> running = new ArrayList<>();

    /** A process and where it mounts, if it does. */
    private record Running(String name, Process process, Path mountPoint) {
        boolean isMount() {
            return !mountPoint.toString().isEmpty();
        }
    }

    public MountHarness(Path directory) {
        this.directory = directory;
    }

    /**
     * A port of 127.0.0.1 that is free at this moment, below those that Linux gives to who connects: while its server
     * is away, nobody else gets it, and no client's socket connects to itself.
     */
    public static int freePort() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(PORTS_FROM, PORTS_TO);
            try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // Somebody has it: another one.
            }
        }
    }

    /** Starts a file server, as {@code spritefs server ARGUMENT...}; returns when it serves. */
    public Process server(String name, String... arguments) throws IOException, InterruptedException {
        return start(name, Path.of(""), Jvm.of("sprite.server.Main", arguments));
    }

    /**
     * Mounts at {@code NAME} below the directory, or takes that over, asking {@code servers}; returns the mount point
     * when it works.
     */
    public Path mount(String name, String servers, String... arguments) throws IOException, InterruptedException {
        Path mountPoint = directory.resolve(name);
        if (Kernel.mountAt(mountPoint).isEmpty()) { // else it waits for its next daemon, and so would who looks at it
            Files.createDirectories(mountPoint);
        }
        List<String> all =
                new ArrayList<>(List.of("mount", mountPoint.toString(), "--server", servers, "--foreground"));
        all.addAll(List.of(arguments));
        if (!all.contains("--driver")) {
            all.addAll(List.of("--driver", Drivers.chosen()));
        }
        String options = System.getProperty("mount.options", "");
        if (!options.isEmpty()) {
            all.addAll(List.of("-o", options));
        }
        var _ = start(name, mountPoint, Jvm.of("sprite.client.cli.Main", all.toArray(String[]::new)));
        return mountPoint;
    }

    /** Runs a command to its end; what it printed. IOException if it fails. */
    public String spritefs(String... arguments) throws IOException, InterruptedException {
        Jvm.Result result = Jvm.spritefs(arguments);
        if (result.status() != 0) {
            throw new IOException(String.join(" ", arguments) + ": " + result.err() + "\n" + logs());
        }
        return result.out();
    }

    /** The words that run {@code spritefs} with these arguments. */
    public static List<String> command(String... arguments) {
        return Jvm.of("sprite.client.cli.Main", arguments).command();
    }

    /** Kills a process as SIGKILL does, and returns when it is gone. */
    public void kill(String name) throws IOException, InterruptedException {
        Process process = process(name).destroyForcibly();
        if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(name + " cannot be killed");
        }
    }

    /** The process of that name. */
    public Process process(String name) {
        return running.stream()
                .filter(one -> one.name().equals(name))
                .reduce((_, later) -> later)
                .orElseThrow()
                .process();
    }

    /** Ends a process as SIGTERM does and tells its exit status. */
    public int stop(String name) throws IOException, InterruptedException {
        Process process = process(name);
        process.destroy();
        if (!process.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
            throw new IOException(name + " does not end\n" + logs());
        }
        return process.exitValue();
    }

    /** Both kinds print one line when they are ready, and end if they never will be. */
    private Process start(String name, Path mountPoint, ProcessBuilder builder)
            throws IOException, InterruptedException {
        Process process = builder.redirectError(
                        ProcessBuilder.Redirect.appendTo(log(name).toFile()))
                .start();
        running.add(new Running(name, process, mountPoint));
        var line = new StringBuilder();
        Thread reader = Thread.ofVirtual().start(() -> {
            try {
                String first = process.inputReader(StandardCharsets.UTF_8).readLine();
                line.append(first == null ? "" : first);
            } catch (IOException e) {
                line.setLength(0);
            }
        });
        if (!reader.join(READY_MAX) || line.isEmpty()) {
            throw new IOException(name + " did not start\n" + logs());
        }
        return process;
    }

    private Path log(String name) {
        return directory.resolve(name + ".log");
    }

    /** What all processes said, for a test that fails. */
    public String logs() throws IOException {
        var all = new StringBuilder();
        for (Running one : running) {
            all.append("--- ").append(one.name()).append(System.lineSeparator());
            all.append(Files.readString(log(one.name()))).append(System.lineSeparator());
        }
        return all.toString();
    }

    @Override
    public void close() throws IOException {
        List<Running> lastFirst = new ArrayList<>(running);
        Collections.reverse(lastFirst);
        lastFirst.sort((a, b) -> Boolean.compare(b.isMount(), a.isMount()));
        for (Running one : lastFirst) {
            end(one);
        }
    }

    private static void end(Running one) throws IOException {
        one.process().destroy();
        try {
            if (!one.process().waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS)) {
                one.process().destroyForcibly();
            }
        } catch (InterruptedException e) {
            one.process().destroyForcibly();
            Thread.currentThread().interrupt();
        }
        if (one.isMount() && Kernel.mountAt(one.mountPoint()).isPresent()) {
            Kernel.unmount(one.mountPoint(), true);
        }
    }
}
