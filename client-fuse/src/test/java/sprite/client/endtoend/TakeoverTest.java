package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.cli.MountHarness;
import sprite.client.control.RecoveryBoxes;
import sprite.client.fuse.Kernel;
import sprite.client.fuse.kernel.KernelDriver;

/**
 * The daemon of a mount is killed while programs use it, and another one takes over. They wait, and go on.
 * {@code -Dseed=N} replays when and what, as far as that depends on chance here.
 */
final class TakeoverTest {
    private final long seed = Long.getLong("seed", ThreadLocalRandom.current().nextLong(1_000_000));
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
        var _ = processes.server(
                "server",
                "--domain",
                "/=" + Files.createDirectories(directory.resolve("domain")),
                "--listen",
                server());
        mount("a");
        mount("b");
    }

    private String server() {
        return "127.0.0.1:" + port;
    }

    private void mount(String name) throws IOException, InterruptedException {
        mount(name, "takeover");
    }

    private void mount(String name, String options) throws IOException, InterruptedException {
        String log = directory.resolve(name + ".daemon.log").toString();
        var _ = processes.mount(name, server(), "--driver", KernelDriver.NAME, "-o", options, "--log", log);
    }

    /** Files that a daemon keeps, or has left, for one that takes over if it is killed. */
    private List<Path> kept(String name) throws IOException {
        Path living = living(name);
        try (Stream<Path> shared = Files.list(Path.of("/dev/shm"))) {
            return Stream.concat(
                            Stream.of(living),
                            shared.filter(file -> file.toString().contains(String.valueOf(living.getFileName()))))
                    .filter(Files::exists)
                    .toList();
        }
    }

    private Path living(String name) throws IOException {
        return RecoveryBoxes.living(directory.toRealPath().resolve(name));
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

    /**
     * {@code kill()}: kills the daemon of mount A with SIGKILL; {@code revive()}: gives it a new one, and returns when
     * that serves; {@code takeover()}: both, by a new one that is ready before, however slow the machine.
     */
    private void python(String program) throws Exception {
        Path script = directory.resolve("script.py");
        Files.writeString(script, """
                import errno, fcntl, json, os, random, select, signal, subprocess, sys, threading, time
                A, B = os.environ["A"], os.environ["B"]
                SEED = int(os.environ["SEED"])
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
                        {b"k": lambda: kill_it(daemon()), b"r": command, b"t": swap}[what]()
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

                """ + Place.PYTHON_CHECKS + program);
        Path output = directory.resolve("script.out");
        var builder = new ProcessBuilder("python3", script.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        String a = directory.resolve("a").toString();
        builder.environment().put("A", a);
        builder.environment().put("B", directory.resolve("b").toString());
        builder.environment().put("SEED", seed + "");
        builder.environment().put("UPGRADE", String.join("\n", MountHarness.command("upgrade", a)));
        builder.environment().put("STATUS", String.join("\n", MountHarness.command("status", "--json", a)));
        int status = builder.start().waitFor();
        assertEquals(0, status, "seed " + seed + "\n" + Files.readString(output) + daemonLogs());
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
                with open(A + "/closed", "wb") as closed:
                    closed.write(b"closed and dirty" * 10_000)
                os.mkdir(A + "/directory")
                os.chdir(A + "/directory")

                for turn in range(2):
                    takeover()
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
                same(b"closed and dirty" * 10_000, get(B + "/closed"))
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
        python("""
                def opened(path):
                    return open(path, "a+b", buffering=0)

                f, p, w = opened(A + "/f"), opened(A + "/p"), opened(A + "/w")
                fcntl.flock(f, fcntl.LOCK_EX)
                fcntl.lockf(p, fcntl.LOCK_EX, 10, 5)
                holder = opened(B + "/w")
                fcntl.flock(holder, fcntl.LOCK_EX)
                waiter = subprocess.Popen(["flock", A + "/w", "true"])
                while "SETLK" not in (said := subprocess.run(["cat", "/proc/%d/wchan" % waiter.pid],
                        capture_output=True, text=True).stdout) and "fuse" not in said and "request" not in said:
                    time.sleep(0.01)

                for turn in range(2):
                    takeover()
                    refused(errno.EAGAIN, fcntl.flock, opened(B + "/f"), fcntl.LOCK_EX | fcntl.LOCK_NB)
                    refused(errno.EAGAIN, fcntl.lockf, opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 14)
                    fcntl.lockf(opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 15)
                    f.write(b"x")
                    same(None, waiter.poll())

                fcntl.flock(holder, fcntl.LOCK_UN)
                same(0, waiter.wait())
                fcntl.flock(f, fcntl.LOCK_UN)
                fcntl.flock(opened(B + "/f"), fcntl.LOCK_EX | fcntl.LOCK_NB)
                p.close()
                fcntl.lockf(opened(B + "/p"), fcntl.LOCK_EX | fcntl.LOCK_NB)
                """);
    }

    /** Each call has an effect that shows when it is done twice, or not at all. */
    @Test
    void noCallFailsOrIsDoneTwiceWhileManyAreUnderWay() throws Exception {
        python("""
                over = False
                failed = []

                def work(number):
                    home = A + "/%d" % number
                    os.mkdir(home)
                    log = open(home + "/log", "a+b", buffering=0)
                    shared = open(A + "/shared", "ab", buffering=0)
                    turn = 0
                    try:
                        while not over:
                            turn += 1
                            same(8, log.write(b"%07d\\n" % turn))
                            shared.write(b"%d %d\\n" % (number, turn))
                            name = home + "/f"
                            fd = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                            os.write(fd, b"%d" % turn)
                            os.close(fd)
                            os.rename(name, home + "/g")
                            same(b"%d" % turn, get(home + "/g"))
                            os.link(home + "/g", name)
                            same(2, os.stat(name).st_nlink)
                            os.unlink(home + "/g")
                            os.setxattr(name, "user.turn", b"1", os.XATTR_CREATE)
                            os.mkdir(home + "/d")
                            same(["d", "f", "log"], sorted(os.listdir(home)))
                            os.rmdir(home + "/d")
                            os.unlink(name)
                        same(b"".join(b"%07d\\n" % (i + 1) for i in range(turn)), get(B + "/%d/log" % number))
                        told.append((number, turn))
                    except BaseException as e:
                        failed.append("%d, turn %d: %r" % (number, turn, e))

                told = []
                sharer = open(B + "/shared", "ab", buffering=0)
                chance = random.Random(SEED)
                workers = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
                for worker in workers:
                    worker.start()
                for turn in range(6):
                    time.sleep(chance.uniform(0.2, 1.5))
                    takeover()
                over = True
                for worker in workers:
                    worker.join()
                same([], failed)
                lines = get(B + "/shared").splitlines()
                for number, turn in told:
                    mine = [int(line.split()[1]) for line in lines if line.split()[0] == b"%d" % number]
                    same(list(range(1, turn + 1)), mine)
                """);
    }

    /** In the manner of fsx: whatever a program reads is what it wrote. */
    @Test
    void aFileIsWhatItsProgramMadeOfIt() throws Exception {
        python("""
                over = False
                failed = []
                done = [0]
                SIZE = 400_000

                def work(number):
                    chance = random.Random(SEED * 10 + number)
                    path = A + "/fsx%d" % number
                    fd = os.open(path, os.O_CREAT | os.O_RDWR)
                    adder = os.open(path, os.O_WRONLY | os.O_APPEND)
                    copy = bytearray()
                    what = ""
                    try:
                        while not over:
                            done[0] += 1
                            kind = chance.choice(("write", "write", "read", "read", "append", "truncate", "reopen",
                                    "sync", "stat", "empty"))
                            at = chance.randrange(SIZE)
                            length = chance.randrange(1, 70_000)
                            what = "%s at %d, %d bytes, of %d" % (kind, at, length, len(copy))
                            if kind == "write":
                                data = chance.randbytes(length)
                                if at > len(copy):
                                    copy.extend(bytes(at - len(copy)))
                                copy[at:at + length] = data
                                same(length, os.pwrite(fd, data, at))
                            elif kind == "append":
                                if len(copy) < 2 * SIZE:
                                    data = chance.randbytes(length)
                                    copy.extend(data)
                                    same(length, os.write(adder, data))
                            elif kind == "truncate":
                                os.ftruncate(fd, at)
                                copy = copy[:at] + bytes(max(0, at - len(copy)))
                            elif kind == "read":
                                assert copy[at:at + length] == os.pread(fd, length, at), "other bytes"
                            elif kind == "reopen":
                                os.close(fd)
                                fd = os.open(path, os.O_RDWR)
                            elif kind == "empty" and chance.randrange(3) == 0:
                                os.close(os.open(path, os.O_WRONLY | os.O_TRUNC))
                                copy = bytearray()
                            elif kind == "sync":
                                os.fsync(fd)
                            elif kind == "stat":
                                same(len(copy), os.fstat(fd).st_size)
                        what = "in the end"
                        assert copy == get(path), "other bytes here"
                        assert copy == get(B + "/fsx%d" % number), "other bytes there"
                    except BaseException as e:
                        failed.append("%d, %s: %r" % (number, what, e))

                chance = random.Random(SEED)
                workers = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(3)]
                for worker in workers:
                    worker.start()
                for turn in range(10):
                    time.sleep(chance.uniform(0.1, 1.2))
                    takeover()
                over = True
                for worker in workers:
                    worker.join()
                same([], failed)
                print(done[0], "operations")
                """);
    }

    @Test
    void aMountWithoutTheOptionEndsWithItsDaemonAndNothingIsKept() throws Exception {
        String a = directory.resolve("a").toString();
        assertEquals(1, processes.process("a").children().count(), "the holder");
        assertEquals(2, kept("a").size());
        var _ = processes.spritefs("umount", a);
        assertEquals(List.of(), kept("a"));

        mount("a", "takeover,notakeover");
        Files.writeString(directory.resolve("a/f"), "something");
        assertEquals(0, processes.process("a").children().count());
        assertEquals(List.of(), kept("a"));
        String refused = refusal("upgrade", "--when-killed", a);
        assertTrue(refused.contains("is not mounted with -o takeover"), refused);
        processes.kill("a");
        var builder = new ProcessBuilder("ls", a).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process looks = builder.start();
        assertTrue(looks.waitFor(10, TimeUnit.SECONDS), "nobody waits for another daemon");
        String said = new String(looks.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(said.contains("Transport endpoint is not connected"), said);
        assertEquals(List.of(), kept("a"));
    }

    @Test
    void whatAKilledDaemonHasLeftIsNotTakenForThatOfALaterMount() throws Exception {
        Path a = directory.resolve("a");
        processes.kill("a");
        assertTrue(Kernel.unmount(a, true), "as umount(8) does");
        assertEquals(2, kept("a").size());
        mount("a", "notakeover");
        assertEquals(List.of(), kept("a"));
        String refused = refusal("mount", a.toString(), "--server", server());
        assertTrue(refused.contains("is already mounted"), refused);
        python("""
                f = open(A + "/f", "wb", buffering=0)
                f.write(b"before ")
                first = daemon()
                revive()
                assert daemon() != first, "there is no new daemon"
                f.write(b"after")
                f.close()
                same(b"before after", get(B + "/f"))
                """);
    }

    @Test
    void aMountThatWasLeftGoesOnWithoutABoxIfThereCanBeNone() throws Exception {
        var _ = processes.spritefs(
                "upgrade", "--hand-over-only", directory.resolve("a").toString());
        Path blocking = living("a").resolve("in the way");
        Files.createDirectories(blocking);
        try {
            mount("a");
            python("""
                    open(A + "/f", "w").close()
                    same(b"", get(B + "/f"))
                    """);
            String log = daemonLogs();
            assertTrue(log.contains("this mount will end with its daemon"), log);
        } finally {
            Files.delete(blocking);
            Files.delete(living("a"));
        }
    }

    @Test
    void saysWhatToDoWithAMountWhoseDaemonIsDead() throws Exception {
        String a = directory.resolve("a").toString();
        python("""
                f = open(A + "/f", "w+b", buffering=0)
                f.write(b"dirty")
                kill()
                """);
        assertTrue(refusal("status", a).contains("spritefs upgrade " + a), refusal("status", a));
        assertTrue(refusal("umount", a).contains("--force"), refusal("umount", a));
        Process waits =
                new ProcessBuilder("cat", a + "/f").redirectErrorStream(true).start();
        String said = refusal("umount", "--force", a);
        assertTrue(said.contains("5 bytes are lost"), said);
        assertTrue(waits.waitFor() != 0, "it was freed");
        mount("a");
        python("same(b'', get(A + '/f'))\n");
    }

    private String refusal(String... arguments) {
        return String.valueOf(assertThrows(IOException.class, () -> processes.spritefs(arguments))
                .getMessage());
    }
}
