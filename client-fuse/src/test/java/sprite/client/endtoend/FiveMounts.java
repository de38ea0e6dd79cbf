package sprite.client.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import sprite.client.cli.MountHarness;
import sprite.client.fuse.Drivers;

/**
 * A server for {@code /}, which stays, one for {@code /things}, which comes and goes, and mounts of both: {@code help},
 * and for each driver one that is {@code hard} and one that is {@code soft=5}. Confined to the test's thread.
 */
final class FiveMounts implements AutoCloseable {
    static final String HELP = "help";

    /** How the server of {@code /things} goes. */
    enum Absence {
        /** Its process is dead and its port closed. */
        REFUSED,
        /** Its process is stopped: connections are made, and nothing is said on them. */
        SILENT
    }

    final Path directory = TwoMounts.emptyDirectory();
    final Path script = directory.resolve("waits.py");
    private final MountHarness harness = new MountHarness(directory);
    private final String root = "127.0.0.1:" + MountHarness.freePort();
    private final String things = "127.0.0.1:" + MountHarness.freePort();

    private final Set<String> stopped = new TreeSet<>();

    private FiveMounts() throws IOException {}

    static FiveMounts start() throws IOException, InterruptedException {
        var mounts = new FiveMounts();
        try (InputStream script = FiveMounts.class.getResourceAsStream("waits.py")) {
            if (script == null) {
                throw new IOException("no waits.py");
            }
            Files.copy(script, mounts.script);
            mounts.startServer("root-server", "/", mounts.root, mounts.things);
            mounts.startThings();
            mounts.harness.spritefs("prefix", "add", "/things", "--server", mounts.root);
            mounts.mount(HELP, Drivers.chosen(), "hard");
            for (String driver : Drivers.NAMES) {
                mounts.mount(hard(driver), driver, "hard");
                mounts.mount(soft(driver), driver, "soft=5");
            }
            return mounts;
        } catch (IOException | InterruptedException | RuntimeException e) {
            mounts.close();
            throw e;
        }
    }

    static String hard(String driver) {
        return driver + "-hard";
    }

    static String soft(String driver) {
        return driver + "-soft";
    }

    /** Mounts once more what was unmounted, {@code hard} or {@code soft=5} as it was. */
    void mountAgain(String name) throws IOException, InterruptedException {
        for (String driver : Drivers.NAMES) {
            if (name.equals(hard(driver))) {
                mount(name, driver, "hard");
            } else if (name.equals(soft(driver))) {
                mount(name, driver, "soft=5");
            }
        }
    }

    private void mount(String name, String driver, String policy) throws IOException, InterruptedException {
        mountMore(name, "--driver", driver, "-o", policy);
    }

    /** One more, with options of its own. */
    void mountMore(String name, String... options) throws IOException, InterruptedException {
        var _ = harness.mount(name, root, options);
    }

    private void startThings() throws IOException, InterruptedException {
        startServer("things-server", "/things", things, root);
    }

    private void startServer(String name, String prefix, String address, String peer)
            throws IOException, InterruptedException {
        Path domain = Files.createDirectories(directory.resolve(name + ".domain"));
        var _ = harness.server(name, "--domain", prefix + "=" + domain, "--listen", address, "--peer", peer);
    }

    /** The server of {@code /things} goes. */
    void goes(Absence absence) throws IOException, InterruptedException {
        switch (absence) {
            case REFUSED -> harness.kill("things-server");
            case SILENT -> stop("things-server");
        }
    }

    /** It is back. */
    void returns(Absence absence) throws IOException, InterruptedException {
        switch (absence) {
            case REFUSED -> startThings();
            case SILENT -> goOn("things-server");
        }
    }

    /** Stops a process, a server's or the daemon of the mount of that name, as SIGSTOP does. */
    void stop(String name) throws IOException, InterruptedException {
        stopped.add(name);
        signal("STOP", name);
        long pid = harness.process(name).pid();
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!isStopped(pid)) { // kill(1) returns before the threads have heard of it
            if (System.nanoTime() - deadline > 0) {
                throw new IOException(name + " does not stop");
            }
            Thread.onSpinWait();
        }
    }

    /** Lets a process go on that was stopped. */
    void goOn(String name) throws IOException, InterruptedException {
        signal("CONT", name);
        stopped.remove(name);
    }

    private void signal(String signal, String name) throws IOException, InterruptedException {
        String pid = Long.toString(harness.process(name).pid());
        Process kill = new ProcessBuilder("kill", "-" + signal, pid).start();
        if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new IOException("no signal " + signal + " for " + name);
        }
    }

    /** Whether all threads are in the state T of proc(5). */
    private static boolean isStopped(long pid) throws IOException {
        try (var threads = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
        }
        return true;
    }

    /** Where a mount has {@code /things}. */
    Path things(String mount) {
        return at(mount).resolve("things");
    }

    Path at(String mount) {
        return directory.resolve(mount);
    }

    /** The server of {@code /things}, host:port. */
    String thingsServer() {
        return things;
    }

    MountHarness processes() {
        return harness;
    }

    JsonNode status(String mount) throws IOException, InterruptedException {
        return new ObjectMapper().readTree(harness.spritefs("status", at(mount).toString(), "--json"));
    }

    /** What the daemon of a mount has said. */
    List<String> log(String mount) throws IOException {
        return Files.readAllLines(directory.resolve(mount + ".log"));
    }

    /** What all processes have said, for a test that fails. */
    String logs() {
        try {
            var all = new StringBuilder("\n").append(harness.logs());
            for (String name : List.of("kinds.log", "shell.log")) {
                Path log = directory.resolve(name);
                all.append(Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "");
            }
            return all.toString();
        } catch (IOException e) {
            return "\n" + e;
        }
    }

    /** Starts a shell; what it says goes with the mounts' logs. */
    Process shell(String command) throws IOException {
        return new ProcessBuilder("bash", "-c", command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("shell.log").toFile()))
                .start();
    }

    /** Runs a shell to its end; whether it ended with 0 in time. */
    boolean succeeds(String command, Duration limit) throws IOException, InterruptedException {
        Process process = shell(command);
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }

    @Override
    public void close() throws IOException {
        try {
            for (String name : List.copyOf(stopped)) {
                goOn(name); // or no mount could send it what it has
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            harness.close();
        }
        try (var everything = Files.walk(directory)) {
            for (Path path : everything.sorted((x, y) -> y.compareTo(x)).toList()) {
                Files.delete(path);
            }
        }
    }
}
