package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import sprite.client.cli.MountHarness;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fuse.kernel.KernelDriver;

/**
 * A server and two mounts of it, {@code a} and {@code b}, with {@code -o takeover}, whose daemons are made to be
 * killed. {@code -Dseed=N} replays when and what, as far as that depends on chance here. Confined to the test's thread.
 */
final class TakeoverPlace implements AutoCloseable {
    private static final String SERVER = "server";

    private final long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong(1_000_000));
    private final int port = MountHarness.freePort();
    private final Path directory = TwoMounts.emptyDirectory();
    private final MountHarness processes = new MountHarness(directory);

    /** Something that a Python program has the test do. */
    interface Action {
        void run() throws Exception;
    }

    TakeoverPlace() throws IOException, InterruptedException {
        startServer();
        mount("a");
        mount("b");
    }

    MountHarness processes() {
        return processes;
    }

    Path at(String name) {
        return directory.resolve(name);
    }

    String server() {
        return "127.0.0.1:" + port;
    }

    private void startServer() throws IOException, InterruptedException {
        var _ = processes.server(
                SERVER, "--domain", "/=" + Files.createDirectories(directory.resolve("domain")), "--listen", server());
    }

    void restartServer() throws IOException, InterruptedException {
        processes.kill(SERVER);
        startServer();
    }

    void mount(String name) throws IOException, InterruptedException {
        mount(name, "takeover");
    }

    void mount(String name, String options) throws IOException, InterruptedException {
        var _ = processes.mount(
                name,
                server(),
                "--driver",
                KernelDriver.NAME,
                "-o",
                options,
                "--log",
                log(name).toString());
    }

    private Path log(String name) {
        return directory.resolve(name + ".daemon.log");
    }

    /** Files that a daemon keeps, or has left, for one that takes over if it is killed. */
    List<Path> kept(String name) throws IOException {
        Path living = living(name);
        try (Stream<Path> shared = Files.list(Path.of("/dev/shm"))) {
            return Stream.concat(
                            Stream.of(living),
                            shared.filter(file -> file.toString().contains(String.valueOf(living.getFileName()))))
                    .filter(Files::exists)
                    .toList();
        }
    }

    Path living(String name) throws IOException {
        return RecoveryBoxes.living(directory.toRealPath().resolve(name));
    }

    /** What a command that has to fail says. */
    String refusal(String... arguments) {
        return String.valueOf(assertThrows(IOException.class, () -> processes.spritefs(arguments))
                .getMessage());
    }

    String logs() throws IOException {
        var all = new StringBuilder(processes.logs());
        for (String name : new String[] {"a", "b"}) {
            all.append(Files.exists(log(name)) ? Files.readString(log(name)) : "");
        }
        return all.toString();
    }

    /**
     * {@code kill()}: kills the daemon of mount A with SIGKILL; {@code revive()}: gives it a new one, and returns when
     * that serves; {@code takeover()}: both, by a new one that is ready before, however slow the machine;
     * {@code tear()}: as kill and revive, but the first who try to take over are killed, too; {@code java(i)}: one of
     * the actions.
     */
    void python(String program, Action... actions) throws Exception {
        Path script = directory.resolve("script.py");
        Files.writeString(script, """
                import errno, fcntl, json, os, random, select, signal, subprocess, sys, threading, time, traceback
                A, B = os.environ["A"], os.environ["B"]
                SEED = int(os.environ["SEED"])
                chance = random.Random(SEED)
                signal.alarm(580)

                def daemon():
                    said = subprocess.run(os.environ["STATUS"].split("\\n"), check=True, capture_output=True)
                    return json.loads(said.stdout)["pid"]

                def kill_it(pid):
                    fd = os.pidfd_open(pid)
                    signal.pidfd_send_signal(fd, signal.SIGKILL)
                    select.select([fd], [], []) # it is gone
                    os.close(fd)

                def command(*words):
                    subprocess.run(os.environ["UPGRADE"].split("\\n") + list(words), check=True,
                            stdout=subprocess.DEVNULL)

                def half():
                    kill_it(daemon())
                    for turn in range(4):
                        new = subprocess.Popen(os.environ["MOUNT"].split("\\n"), stdout=subprocess.DEVNULL)
                        time.sleep(chance.uniform(0.3, 1.5))
                        new.kill()
                        new.wait()
                    command()

                def swap():
                    before = daemon()
                    command("--when-killed")
                    kill_it(before)
                    while True:
                        try:
                            if daemon() != before:
                                return
                        except subprocess.CalledProcessError:
                            pass # it does not listen yet

                # By a process that has nothing of the mount open: to start another closes what is.
                asked, answered = os.pipe(), os.pipe()
                if os.fork() == 0:
                    os.close(asked[1])
                    os.close(answered[0])
                    os.chdir("/")
                    while what := os.read(asked[0], 1):
                        {b"k": lambda: kill_it(daemon()), b"r": command, b"t": swap, b"h": half}[what]()
                        os.write(answered[1], b".")
                    os._exit(0)
                os.close(answered[1])

                def ask(what):
                    os.write(asked[1], what)
                    assert os.read(answered[0], 1) == b".", "not done: %r" % what

                def kill():
                    ask(b"k")

                def revive():
                    ask(b"r")

                def takeover():
                    ask(b"t")

                def tear():
                    ask(b"h")

                def java(number):
                    print(number, flush=True)
                    assert sys.stdin.readline() == "done\\n", "the test gave up"

                """ + Place.PYTHON_CHECKS + program);
        Path said = directory.resolve("script.out");
        var builder = new ProcessBuilder("python3", script.toString()).redirectError(said.toFile());
        String a = directory.resolve("a").toString();
        builder.environment().put("A", a);
        builder.environment().put("B", directory.resolve("b").toString());
        builder.environment().put("SEED", seed + "");
        builder.environment().put("UPGRADE", words("upgrade", a));
        builder.environment().put("STATUS", words("status", "--json", a));
        builder.environment()
                .put(
                        "MOUNT",
                        words(
                                "mount",
                                a,
                                "--server",
                                server(),
                                "--foreground",
                                "--driver",
                                KernelDriver.NAME,
                                "-o",
                                "takeover",
                                "--log",
                                log("a").toString()));
        Process process = builder.start();
        try (BufferedReader asked = process.inputReader(StandardCharsets.UTF_8);
                BufferedWriter answer = process.outputWriter(StandardCharsets.UTF_8)) {
            for (String number = asked.readLine(); number != null; number = asked.readLine()) {
                actions[Integer.parseInt(number)].run();
                answer.write("done\n");
                answer.flush();
            }
            assertEquals(0, process.waitFor(), "seed " + seed + "\n" + Files.readString(said) + logs());
        } finally {
            process.destroyForcibly();
        }
    }

    private static String words(String... arguments) {
        return String.join("\n", MountHarness.command(arguments));
    }

    @Override
    public void close() throws IOException {
        try {
            for (String name : new String[] {"a", "b"}) {
                var _ = new ProcessBuilder(MountHarness.command("umount", "--force", directory.resolve(name) + ""))
                        .inheritIO()
                        .start()
                        .waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        processes.close();
        try (var everything = Files.walk(directory)) {
            for (Path path : everything.sorted((x, y) -> y.compareTo(x)).toList()) {
                Files.delete(path);
            }
        }
    }
}
