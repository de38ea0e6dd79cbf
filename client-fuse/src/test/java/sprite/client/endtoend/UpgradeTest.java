package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.cli.MountHarness;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.KernelDriver;

/** A mount gets a new daemon while programs use it. They wait, and go on. */
final class UpgradeTest {
    private final int port = freePort();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private MountHarness processes;

    private static int freePort() {
        try {
            return MountHarness.freePort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() throws Exception {
        directory = TwoMounts.emptyDirectory();
        processes = new MountHarness(directory);
        startServer();
        mountKernel("a");
        mountKernel("b");
    }

    private void startServer() throws IOException, InterruptedException {
        var _ = processes.server(
                "server",
                "--domain",
                "/=" + Files.createDirectories(directory.resolve("domain")),
                "--listen",
                server());
    }

    private String server() {
        return "127.0.0.1:" + port;
    }

    private void mountKernel(String name) throws IOException, InterruptedException {
        Path log = directory.resolve(name + ".daemon.log");
        var _ = processes.mount(name, server(), "--driver", KernelDriver.NAME, "--log", log.toString());
    }

    @AfterEach
    void end() throws Exception {
        for (String name : new String[] {"a", "b"}) {
            var _ = new ProcessBuilder(MountHarness.command("umount", "--force", directory.resolve(name) + ""))
                    .inheritIO()
                    .start()
                    .waitFor();
        }
        processes.close();
        try (var everything = Files.walk(directory)) {
            for (Path path : everything.sorted((x, y) -> y.compareTo(x)).toList()) {
                Files.delete(path);
            }
        }
    }

    /** {@code upgrade()}: gives mount A a new daemon, and returns when it serves. */
    private void python(String program) throws Exception {
        Path script = directory.resolve("script.py");
        Files.writeString(script, """
                import errno, fcntl, os, signal, subprocess, sys, threading, time
                A, B = os.environ["A"], os.environ["B"]
                signal.alarm(150)

                def upgrade():
                    subprocess.run(os.environ["UPGRADE"].split("\\n"), check=True, stdout=subprocess.DEVNULL)

                """ + Place.PYTHON_CHECKS + program);
        Path output = directory.resolve("script.out");
        var builder = new ProcessBuilder("python3", script.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        String a = directory.resolve("a").toString();
        builder.environment().put("A", a);
        builder.environment().put("B", directory.resolve("b").toString());
        builder.environment().put("UPGRADE", String.join("\n", MountHarness.command("upgrade", a)));
        int status = builder.start().waitFor();
        assertEquals(0, status, Files.readString(output) + daemonLogs());
    }

    private String daemonLogs() throws IOException {
        var all = new StringBuilder(processes.logs());
        for (String name : new String[] {"a", "b"}) {
            Path log = directory.resolve(name + ".daemon.log");
            all.append(Files.exists(log) ? Files.readString(log) : "");
        }
        return all.toString();
    }

    @Test
    void programsGoOnWithWhatTheyHaveOpen() throws Exception {
        python("""
                f = open(A + "/f", "w+b", buffering=0)
                f.write(b"before ")
                gone = open(A + "/gone", "w+b", buffering=0)
                gone.write(b"without a name")
                os.unlink(A + "/gone")
                os.mkdir(A + "/many")
                for i in range(3000):
                    open(A + "/many/%04d" % i, "w").close()
                names = os.scandir(A + "/many")
                listed = [next(names).name for _ in range(10)]
                shared = open(A + "/shared", "w+b", buffering=0)
                sharer = open(B + "/shared", "r+b", buffering=0)
                shared.write(b"1")
                os.mkdir(A + "/directory")
                os.chdir(A + "/directory")

                for turn in range(2):
                    upgrade()
                    f.write(b"after ")
                    shared.write(b"2")
                    same(b"1" + b"2" * (turn + 1), os.pread(sharer.fileno(), 9, 0))
                    sharer.seek(0)
                    sharer.write(b"1")
                    open("relative", "w").close()
                    os.unlink("relative")

                same(b"before after after ", os.pread(f.fileno(), 99, 0))
                same(len(b"before after after "), os.fstat(f.fileno()).st_size)
                same(b"before after after ", get(B + "/f"))
                same(b"without a name", os.pread(gone.fileno(), 99, 0))
                listed += [entry.name for entry in names]
                same(["%04d" % i for i in range(3000)], sorted(listed))
                f.close()
                same(b"before after after ", get(B + "/f"))
                with open(B + "/f", "ab") as other:
                    other.write(b"elsewhere")
                same(b"before after after elsewhere", get(A + "/f"))
                os.chdir("/")
                """);
    }

    @Test
    void locksStayAndWhoWaitsForOneGetsIt() throws Exception {
        python("hand_over = upgrade\n" + LocksProgram.TEXT);
    }

    @Test
    void noCallFailsWhileManyAreUnderWay() throws Exception {
        python("""
                over = False
                failed = []

                def work(number):
                    home = A + "/%d" % number
                    os.mkdir(home)
                    log = open(home + "/log", "w+b", buffering=0)
                    turn = 0
                    try:
                        while not over:
                            turn += 1
                            log.write(b"%07d\\n" % turn)
                            name = home + "/f"
                            fd = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                            os.write(fd, b"%d" % turn)
                            os.close(fd)
                            os.rename(name, home + "/g")
                            same(b"%d" % turn, get(home + "/g"))
                            os.link(home + "/g", name)
                            same(2, os.stat(name).st_nlink)
                            os.unlink(home + "/g")
                            os.mkdir(home + "/d")
                            same(["d", "f", "log"], sorted(os.listdir(home)))
                            os.rmdir(home + "/d")
                            os.unlink(name)
                        same(b"".join(b"%07d\\n" % (i + 1) for i in range(turn)), get(B + "/%d/log" % number))
                    except BaseException as e:
                        failed.append("%d, turn %d: %r" % (number, turn, e))

                workers = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
                for worker in workers:
                    worker.start()
                for turn in range(4):
                    time.sleep(0.5)
                    upgrade()
                over = True
                for worker in workers:
                    worker.join()
                same([], failed)
                """);
    }

    @Test
    void leavesAMountToWhoMountsAndSaysWhenItCannot() throws Exception {
        String a = directory.resolve("a").toString();
        var _ = processes.spritefs("upgrade", "--hand-over-only", a);
        assertEquals(0, processes.process("a").waitFor());
        List<Process> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) { // each must be done once: a second time it fails
            waiting.add(
                    new ProcessBuilder("mkdir", a + "/made-" + i).inheritIO().start());
        }
        waiting.add(new ProcessBuilder("ls", a)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start());
        mountKernel("a");
        for (Process waits : waiting) {
            assertEquals(0, waits.waitFor());
        }
        python("upgrade()\nopen(A + '/after', 'w').close()\n");

        var _ = processes.mount("jnr", server(), "--driver", JnrDriver.NAME);
        assertTrue(refusal("jnr").contains("--driver jnr cannot hand a mount over"), refusal("jnr"));
        var _ = processes.mount("pages", server(), "--driver", KernelDriver.NAME, "-o", "page_cache");
        assertTrue(refusal("pages").contains("page_cache"), refusal("pages"));
    }

    private String refusal(String name) {
        String mount = directory.resolve(name).toString();
        return String.valueOf(assertThrows(IOException.class, () -> processes.spritefs("upgrade", mount))
                .getMessage());
    }
}
