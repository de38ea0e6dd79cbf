package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.Drivers;
import sprite.client.fuse.Kernel;

/**
 * What programs meet while a server is away. A bound that the product keeps by its own clock is asked of its status;
 * what is measured from outside may take longer by what a slow machine needs.
 */
final class WaitsTest {
    private static final int ETIMEDOUT = 110;

    /** The bound of {@code soft=5}. */
    private static final long SOFT_MILLIS_MAX = 6_000;

    /** So long a thread of the daemon may not get a processor, among a hundred others that want to be told. */
    private static final long SCHEDULING_MILLIS = 2_000;

    private static final double SLOW_MACHINE_SECONDS = 9;

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long END_SECONDS_MAX = 60;

    /** Kinds whose calls need no server. */
    private static final String AT_ONCE = "at_once_";

    private static final int MANY = 200;

    private static final long PAUSE_SECONDS = 3;
    private static final int PAUSES_MAX = 30;

    @Test
    void everyCallEndsOrCanBeKilledAndNobodyElseIsHeldUp() throws Exception {
        try (var mounts = FiveMounts.start()) {
            for (FiveMounts.Absence absence : FiveMounts.Absence.values()) {
                callsDuring(mounts, absence);
                if (absence == FiveMounts.Absence.REFUSED) {
                    assertEquals(1, lines(mounts, "the server is away"), () -> logs(mounts));
                    assertEquals(1, lines(mounts, "the server is back"), () -> logs(mounts));
                }
            }
            for (String driver : Drivers.NAMES) {
                programsSeeOnlyAPause(mounts, FiveMounts.hard(driver));
            }
            unmountsInTime(mounts);
        }
    }

    private static void callsDuring(FiveMounts mounts, FiveMounts.Absence absence) throws Exception {
        List<Kinds> soft = new ArrayList<>();
        List<Kinds> hard = new ArrayList<>();
        try {
            for (String driver : Drivers.NAMES) {
                soft.add(kinds(mounts, FiveMounts.soft(driver), absence));
                hard.add(kinds(mounts, FiveMounts.hard(driver), absence));
            }
            for (Kinds kinds : both(soft, hard)) {
                kinds.awaitReady();
            }
            mounts.goes(absence);
            for (Kinds kinds : both(soft, hard)) {
                kinds.begin();
            }
            for (Kinds kinds : soft) {
                allFailInTime(mounts, kinds);
            }
            for (Kinds kinds : hard) {
                othersAreNotHeldUp(mounts, kinds.mount());
                allWait(mounts, kinds);
                diesWhenKilled(mounts, kinds);
            }
            mounts.returns(absence);
            for (Kinds kinds : both(soft, hard)) {
                works(mounts, kinds.mount());
            }
        } finally {
            both(soft, hard).forEach(Kinds::close);
        }
    }

    private static List<Kinds> both(List<Kinds> some, List<Kinds> others) {
        List<Kinds> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private static Kinds kinds(FiveMounts mounts, String mount, FiveMounts.Absence absence) throws IOException {
        String name = absence + "-" + mount;
        Path there = Files.createDirectory(mounts.things(FiveMounts.HELP).resolve(name));
        return Kinds.start(
                mounts.script, mount, mounts.things(mount).resolve(name), there, mounts.directory.resolve("kinds.log"));
    }

    private static void allFailInTime(FiveMounts mounts, Kinds kinds) throws Exception {
        Map<String, Kinds.Returned> returned = kinds.returned();
        long deadline = System.nanoTime() + SOON.toNanos();
        while (returned.size() < kinds.count() && deadline - System.nanoTime() > 0) {
            returned = kinds.returned();
        }
        Map<String, Kinds.Returned> all = returned;
        assertEquals(kinds.count(), all.size(), () -> kinds.mount() + ": " + all + logs(mounts));
        all.forEach((kind, call) -> {
            String told = kinds.mount() + ": " + kind + " " + call;
            assertEquals(kind.startsWith(AT_ONCE) ? 0 : ETIMEDOUT, call.error(), () -> told + logs(mounts));
            assertTrue(call.seconds() < SOFT_MILLIS_MAX / 1000.0 + SLOW_MACHINE_SECONDS, () -> told + logs(mounts));
        });
        long longest =
                session(mounts, kinds.mount()).path("longestGivenUpMillis").asLong();
        assertTrue(
                longest > 0 && longest <= SOFT_MILLIS_MAX + SCHEDULING_MILLIS, kinds.mount() + ": " + longest + " ms");
    }

    private static JsonNode session(FiveMounts mounts, String mount) throws Exception {
        for (JsonNode session : mounts.status(mount).path("sessions")) {
            if (session.path("server").asText().equals(mounts.thingsServer())) {
                return session;
            }
        }
        throw new AssertionError(mount + " has no session");
    }

    private static void allWait(FiveMounts mounts, Kinds kinds) throws Exception {
        Map<String, Kinds.Returned> returned = kinds.returned();
        returned.forEach((kind, call) -> {
            assertTrue(kind.startsWith(AT_ONCE), () -> kinds.mount() + ": " + kind + " does not wait: " + call);
            assertEquals(0, call.error(), kind);
        });
        JsonNode waiting = mounts.status(kinds.mount()).path("waiting");
        String told = waiting.toPrettyString();
        assertTrue(waiting.size() >= kinds.count() - returned.size(), told);
        for (JsonNode call : waiting) {
            assertTrue(call.path("waitingMillis").asLong() > 0, told);
            assertFalse(call.path("pid").asInt() == 0, told);
        }
        assertTrue(told.contains("\"mkdir\"") && told.contains("server " + mounts.thingsServer()), told);
        assertTrue(session(mounts, kinds.mount()).path("silentMillis").asLong() > 1_000);
    }

    private static void diesWhenKilled(FiveMounts mounts, Kinds kinds) throws Exception {
        int waiting = kinds.count() - kinds.returned().size();
        Kinds.Killed killed = kinds.kill();
        assertEquals(waiting, killed.count(), kinds.mount());
        assertTrue(killed.seconds() < SOON.toSeconds(), () -> kinds.mount() + " " + killed + logs(mounts));
    }

    /** While very many calls of one mount wait for the server of {@code /things}. */
    private static void othersAreNotHeldUp(FiveMounts mounts, String mount) throws Exception {
        Process many = manyCalls(mounts, mount);
        try {
            awaitWaiting(mounts, mount);
            for (String elsewhere : List.of(mount, FiveMounts.HELP)) {
                Path fresh = Files.createTempDirectory(mounts.at(FiveMounts.HELP), "fresh-");
                Files.createFile(fresh.resolve("f"));
                Path seen = mounts.at(elsewhere).resolve(fresh.getFileName());
                assertTrue(mounts.succeeds("[ \"$(ls " + seen + ")\" = f ]", SOON), () -> elsewhere + logs(mounts));
            }
        } finally {
            many.destroyForcibly();
        }
        assertTrue(many.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS), () -> mount + logs(mounts));
    }

    /** Calls that the kernel does not put in a queue of its own, as it does with lookups in one directory. */
    private static Process manyCalls(FiveMounts mounts, String mount) throws IOException {
        return mounts.shell("""
                exec python3 -c 'if 1:
                    import os, threading
                    def call():
                        try:
                            os.statvfs("%s")
                        except OSError:
                            pass
                    for _ in range(%d):
                        threading.Thread(target=call).start()
                '
                """.formatted(mounts.things(mount), MANY));
    }

    private static void awaitWaiting(FiveMounts mounts, String mount) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        int waiting = 0;
        while (waiting < MANY && deadline - System.nanoTime() > 0) {
            waiting = mounts.status(mount).path("waiting").size();
        }
        int all = waiting;
        assertTrue(all >= MANY, () -> mount + ": " + all + logs(mounts));
    }

    /** A soft mount may fail until the line is there again. */
    private static void works(FiveMounts mounts, String mount) throws Exception {
        Path file = mounts.things(mount).resolve("back-" + System.nanoTime());
        long deadline = System.nanoTime() + Duration.ofSeconds(END_SECONDS_MAX).toNanos();
        while (!mounts.succeeds("echo back > " + file + " && sync " + file, SOON)) {
            assertTrue(deadline - System.nanoTime() > 0, () -> mount + " does not work" + logs(mounts));
        }
        Path there = mounts.things(FiveMounts.HELP).resolve(file.getFileName());
        assertEquals("back\n", Files.readString(there));
    }

    /** Programs go on through pauses of the server, whatever signals of their own they handle meanwhile. */
    private static void programsSeeOnlyAPause(FiveMounts mounts, String mount) throws Exception {
        Path place = Files.createDirectory(mounts.things(mount).resolve("pause-" + mount));
        Process programs = mounts.shell(programs(place));
        int pauses = 0;
        while ((!programs.waitFor(1, TimeUnit.SECONDS) && pauses < PAUSES_MAX) || pauses == 0) {
            mounts.goes(FiveMounts.Absence.SILENT);
            boolean _ = programs.waitFor(PAUSE_SECONDS, TimeUnit.SECONDS);
            mounts.returns(FiveMounts.Absence.SILENT);
            pauses++;
        }
        assertTrue(programs.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS), () -> mount + logs(mounts));
        assertEquals(0, programs.exitValue(), () -> mount + logs(mounts));
    }

    /** git, sqlite, and calls of C under a timer whose handler is installed with SA_RESTART. */
    private static String programs(Path place) {
        return """
                set -e
                cd %s
                python3 - <<'END' &
                import ctypes, os, signal, sqlite3
                libc = ctypes.CDLL(None, use_errno=True)
                signal.signal(signal.SIGALRM, lambda *_: None)
                signal.siginterrupt(signal.SIGALRM, False)
                signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
                def did(result):
                    if result < 0:
                        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
                    return result
                for n in range(60):
                    name = b"n%%d" %% n
                    did(libc.mkdir(name, 0o755))
                    fd = did(libc.open(name + b"/f", os.O_CREAT | os.O_RDWR, 0o644))
                    did(libc.write(fd, b"data", 4))
                    did(libc.fsync(fd))
                    did(libc.close(fd))
                    did(libc.rename(name + b"/f", name + b"/g"))
                signal.setitimer(signal.ITIMER_REAL, 0, 0)
                base = sqlite3.connect("base", timeout=60)
                base.execute("create table t (n integer)")
                for n in range(20):
                    with base:
                        base.execute("insert into t values (?)", (n,))
                assert base.execute("select sum(n) from t").fetchone() == (190,)
                END
                python=$!
                export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
                git init -q repository
                cd repository
                for n in 1 2 3 4 5 6; do
                    mkdir d$n
                    for m in 1 2 3 4 5; do echo $n $m > d$n/f$m; done
                    git add .
                    git commit -q -m $n
                done
                git clone -q --progress . ../clone
                git -C ../clone fsck --progress
                wait $python
                """.formatted(place);
    }

    private static long lines(FiveMounts mounts, String words) throws IOException {
        return mounts.log(FiveMounts.hard(Drivers.NAMES.getFirst())).stream()
                .filter(line -> line.contains(mounts.thingsServer()) && line.contains(words))
                .count();
    }

    // ------------------------------------------------------------------------------------------------- unmounting

    private static void unmountsInTime(FiveMounts mounts) throws Exception {
        byte[] data = new byte[100_000];
        Arrays.fill(data, (byte) 'd');
        for (String driver : Drivers.NAMES) {
            Files.write(mounts.things(FiveMounts.hard(driver)).resolve("dirty-" + driver), data);
        }
        mounts.goes(FiveMounts.Absence.SILENT);
        try {
            String commanded = FiveMounts.hard(Drivers.NAMES.getFirst());
            Process users = manyCalls(mounts, commanded);
            awaitWaiting(mounts, commanded);
            assertTrue(users.isAlive());
            refusesToUnmount(mounts, commanded);
            unmountsByForce(mounts, commanded, data);
            assertTrue(users.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS), "calls outlive their mount");
            endsAtSigterm(mounts, FiveMounts.hard(Drivers.NAMES.getLast()), data);
        } finally {
            mounts.returns(FiveMounts.Absence.SILENT);
        }
    }

    private static void refusesToUnmount(FiveMounts mounts, String mount) throws Exception {
        long began = System.nanoTime();
        var refused = assertThrows(
                IOException.class,
                () -> mounts.processes().spritefs("umount", mounts.at(mount).toString()));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.contains("stays mounted") && said.contains("is away"), said);
        assertTrue(System.nanoTime() - began < SOON.toNanos());
        assertTrue(Kernel.mountAt(mounts.at(mount)).isPresent());
    }

    private static void unmountsByForce(FiveMounts mounts, String mount, byte[] data) throws Exception {
        long began = System.nanoTime();
        var told = assertThrows(
                IOException.class,
                () -> mounts.processes()
                        .spritefs("umount", "--force", mounts.at(mount).toString()));
        assertTrue(System.nanoTime() - began < SOON.toNanos());
        assertTrue(Kernel.mountAt(mounts.at(mount)).isEmpty());
        keeps(String.valueOf(told.getMessage()), data);
    }

    private static void endsAtSigterm(FiveMounts mounts, String mount, byte[] data) throws Exception {
        long began = System.nanoTime();
        assertEquals(1, mounts.processes().stop(mount));
        assertTrue(System.nanoTime() - began < SOON.toNanos());
        keeps(String.join("\n", mounts.log(mount)), data);
    }

    private static void keeps(String told, byte[] data) throws IOException {
        Matcher kept = Pattern.compile(data.length + " bytes of file .* are kept in (\\S+)")
                .matcher(told);
        assertTrue(kept.find(), told);
        Path file = Path.of(kept.group(1));
        assertArrayEquals(data, Files.readAllBytes(file));
        Path directory = file.resolveSibling(".").normalize();
        try (var all = Files.list(directory)) {
            for (Path one : all.toList()) {
                Files.delete(one);
            }
        }
        Files.delete(directory);
    }

    private static String logs(FiveMounts mounts) {
        try {
            return "\n" + mounts.processes().logs()
                    + Files.readString(mounts.directory.resolve("kinds.log"), StandardCharsets.ISO_8859_1)
                    + Files.readString(mounts.directory.resolve("shell.log"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "\n" + e;
        }
    }
}
