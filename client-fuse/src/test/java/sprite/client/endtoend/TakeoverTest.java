package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.Kernel;

/** The daemon of a mount is killed while programs use it, and another one takes over. They wait, and go on. */
final class TakeoverTest {
    @SuppressWarnings("NullAway.Init") // set before each test
    private TakeoverPlace place;

    @BeforeEach
    void start() throws Exception {
        place = new TakeoverPlace();
    }

    @AfterEach
    void end() throws Exception {
        place.close();
    }

    @Test
    void programsGoOnWithWhatTheyHaveOpen() throws Exception {
        place.python("""
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
                for name in listed: # as rm -r does
                    os.unlink(A + "/many/" + name)
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
        place.python("hand_over = takeover\n" + LocksProgram.TEXT);
    }

    /** Each call has an effect that shows when it is done twice, or not at all. */
    @Test
    void noCallFailsOrIsDoneTwiceWhileManyAreUnderWay() throws Exception {
        place.python("""
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
                        failed.append("%d, turn %d: %r" % (number, turn, e) + traceback.format_exc())

                told = []
                sharer = open(B + "/shared", "ab", buffering=0)
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
        place.python("""
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
                print(done[0], "operations", file=sys.stderr)
                """);
    }

    /** While A's daemon is dead, B changes what A was just told: an answer that is given once more grants nothing. */
    @Test
    void whatOthersChangeMeanwhileIsSeen() throws Exception {
        place.python("""
                over = False
                failed = []
                rounds = [0]

                def there(number, turn):
                    name = B + "/d%d.%d" % (number, turn)
                    while not os.path.isdir(name):
                        if failed:
                            return
                    open(name + "/x", "w").close()
                    with open(B + "/f%d" % number, "r+b", buffering=0) as f:
                        f.write(b"%07d" % turn)

                def work(number):
                    turn = 0
                    open(B + "/f%d" % number, "w").close()
                    try:
                        while not over:
                            turn += 1
                            other = threading.Thread(target=there, args=(number, turn))
                            other.start()
                            os.mkdir(A + "/d%d.%d" % (number, turn))
                            f = os.open(A + "/f%d" % number, os.O_RDWR)
                            other.join()
                            same(["x"], os.listdir(A + "/d%d.%d" % (number, turn)))
                            same(b"%07d" % turn, os.pread(f, 9, 0))
                            os.close(f)
                            rounds[0] += 1
                    except BaseException as e:
                        failed.append("%d, turn %d: %r" % (number, turn, e) + traceback.format_exc())

                workers = [threading.Thread(target=work, args=(i,), daemon=True) for i in range(4)]
                for worker in workers:
                    worker.start()
                for turn in range(6):
                    time.sleep(chance.uniform(0.1, 1))
                    takeover()
                over = True
                for worker in workers:
                    worker.join()
                same([], failed)
                print(rounds[0], "rounds", file=sys.stderr)
                """);
    }

    @Test
    void whoTakesOverMayBeKilledToo() throws Exception {
        place.python("""
                f = open(A + "/f", "w+b", buffering=0)
                shared = open(A + "/shared", "ab", buffering=0)
                sharer = open(B + "/shared", "ab", buffering=0)
                written = added = 0
                over = False
                failed = []

                def work():
                    global written, added
                    try:
                        while not over:
                            same(8, f.write(b"%07d\\n" % written))
                            written += 1
                            shared.write(b"%d\\n" % added)
                            added += 1
                            os.rename(A + "/shared", A + "/other")
                            os.rename(A + "/other", A + "/shared")
                    except BaseException as e:
                        failed.append("%d, %d: %r" % (written, added, e))

                worker = threading.Thread(target=work)
                worker.start()
                tear()
                tear()
                over = True
                worker.join()
                same([], failed)
                same(b"".join(b"%07d\\n" % i for i in range(written)), get(B + "/f"))
                same(b"".join(b"%d\\n" % i for i in range(added)), get(B + "/shared"))
                """);
    }

    @Test
    void theServerMayBeginAgainMeanwhile() throws Exception {
        place.python("""
                f = open(A + "/f", "w+b", buffering=0)
                shared = open(A + "/shared", "ab", buffering=0)
                sharer = open(B + "/shared", "ab", buffering=0)
                for turn in range(3):
                    f.write(b"%d" % turn)
                    shared.write(b"a%d" % turn)
                    kill()
                    adder = threading.Thread(target=shared.write, args=(b"b%d" % turn,))
                    adder.start()
                    java(0)
                    revive()
                    adder.join()
                    sharer.write(b"c%d" % turn)
                same(b"012", get(B + "/f"))
                same(b"a0b0c0a1b1c1a2b2c2", get(A + "/shared"))
                """, place::restartServer);
    }

    /** What make(1) has built is what it builds elsewhere; it sees no error. */
    @Test
    void aBuildGoesOn() throws Exception {
        place.python("""
                def project(at):
                    os.mkdir(at)
                    for i in range(40):
                        with open(at + "/part%d.c" % i, "w") as c:
                            c.write('#include "all.h"\\nint part%d(int x) { return x * %d + part%d(0); }\\n'
                                    % (i, i, i + 1))
                    with open(at + "/all.h", "w") as h:
                        h.writelines("int part%d(int x);\\n" % i for i in range(41))
                    with open(at + "/main.c", "w") as c:
                        c.write('#include <stdio.h>\\n#include "all.h"\\nint part40(int x) { return x + 1; }\\n'
                                'int main(void) { return printf("%d\\\\n", part0(1)) < 0; }\\n')
                    with open(at + "/Makefile", "w") as m:
                        m.write("all: main\\nmain: main.o $(patsubst %.c,%.o,$(wildcard part*.c))\\n"
                                "\\t$(CC) -o $@ $(sort $^)\\n"
                                "%.o: %.c all.h\\n\\t$(CC) -c -o $@ $<\\nclean:\\n\\trm -f *.o main\\n")

                def make(at, *what):
                    ran = subprocess.run(["make", "-j2", "-C", at, *what], capture_output=True, text=True)
                    assert ran.returncode == 0, ran.stdout + ran.stderr

                LOCAL = os.path.dirname(A) + "/local"
                project(LOCAL)
                make(LOCAL)
                project(A + "/project")
                over = False
                failed = []
                built = [0]

                def work():
                    try:
                        while not over:
                            make(A + "/project", "clean")
                            make(A + "/project")
                            same(get(LOCAL + "/main"), get(A + "/project/main"))
                            built[0] += 1
                    except BaseException as e:
                        failed.append("after %d: %s" % (built[0], e))

                worker = threading.Thread(target=work)
                worker.start()
                for turn in range(10):
                    time.sleep(chance.uniform(0.1, 1.2))
                    takeover()
                over = True
                worker.join()
                same([], failed)
                assert built[0] > 0, "nothing was built"
                same(get(LOCAL + "/main"), get(B + "/project/main"))
                same("1\\n", subprocess.run([B + "/project/main"], check=True, capture_output=True, text=True).stdout)
                """);
    }

    @Test
    void aMountWithoutTheOptionEndsWithItsDaemonAndNothingIsKept() throws Exception {
        String a = place.at("a").toString();
        assertEquals(1, place.processes().process("a").children().count(), "the holder");
        assertEquals(2, place.kept("a").size());
        var _ = place.processes().spritefs("umount", a);
        assertEquals(List.of(), place.kept("a"));

        place.mount("a", "takeover,notakeover");
        Files.writeString(place.at("a").resolve("f"), "something");
        assertEquals(0, place.processes().process("a").children().count());
        assertEquals(List.of(), place.kept("a"));
        String refused = place.refusal("upgrade", "--when-killed", a);
        assertTrue(refused.contains("is not mounted with -o takeover"), refused);
        place.processes().kill("a");
        var builder = new ProcessBuilder("ls", a).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process looks = builder.start();
        assertTrue(looks.waitFor(10, TimeUnit.SECONDS), "nobody waits for another daemon");
        String said = new String(looks.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(said.contains("Transport endpoint is not connected"), said);
        assertEquals(List.of(), place.kept("a"));
    }

    @Test
    void whatAKilledDaemonHasLeftIsNotTakenForThatOfALaterMount() throws Exception {
        Path a = place.at("a");
        place.processes().kill("a");
        assertTrue(Kernel.unmount(a, true), "as umount(8) does");
        assertEquals(2, place.kept("a").size());
        place.mount("a", "notakeover");
        assertEquals(List.of(), place.kept("a"));
        String refused = place.refusal("mount", a.toString(), "--server", place.server());
        assertTrue(refused.contains("is already mounted"), refused);
        place.python("""
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
        var _ = place.processes()
                .spritefs("upgrade", "--hand-over-only", place.at("a").toString());
        Path blocking = place.living("a").resolve("in the way");
        Files.createDirectories(blocking);
        try {
            place.mount("a");
            place.python("""
                    open(A + "/f", "w").close()
                    same(b"", get(B + "/f"))
                    """);
            String log = place.logs();
            assertTrue(log.contains("no recovery box for"), log);
        } finally {
            Files.delete(blocking);
            Files.delete(place.living("a"));
        }
    }

    @Test
    void saysWhatToDoWithAMountWhoseDaemonIsDead() throws Exception {
        String a = place.at("a").toString();
        place.python("""
                f = open(A + "/f", "w+b", buffering=0)
                f.write(b"dirty")
                kill()
                java(0)
                """, () -> givenUp(a));
        place.mount("a");
        place.python("same(b'', get(A + '/f'))\n");
    }

    private void givenUp(String a) throws Exception {
        assertTrue(place.refusal("status", a).contains("spritefs upgrade " + a), place.refusal("status", a));
        assertTrue(place.refusal("umount", a).contains("--force"), place.refusal("umount", a));
        Process waits =
                new ProcessBuilder("cat", a + "/f").redirectErrorStream(true).start();
        String said = place.refusal("umount", "--force", a);
        assertTrue(said.contains("5 bytes are lost"), said);
        assertTrue(waits.waitFor(10, TimeUnit.SECONDS), "it was freed");
        assertTrue(waits.exitValue() != 0, "the file is not there");
    }
}
