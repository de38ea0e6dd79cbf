package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.Drivers;
import sprite.client.fuse.jnr.JnrDriver;
import sprite.client.fuse.kernel.KernelDriver;

/**
 * What programs meet while a server is away. A bound that the product keeps by its own clock is asked of its status;
 * what is measured from outside may take longer by what a slow machine needs.
 */
final class WaitsTest {
    private static final int ETIMEDOUT = 110;

    /** The bound of {@code soft=5}. */
    private static final long SOFT_MILLIS_MAX = 6_000;

    /** So long a program may not get a processor on a machine that has two, among hundreds that want to be told. */
    private static final double SCHEDULING_SECONDS = 2;

    /** What has nothing to do with the server that is away may take so long, with the start of its programs. */
    private static final Duration UNAFFECTED_MAX = Duration.ofSeconds(3);

    /** It is looked four times a second whether a program is killed, and a second later its calls are over. */
    private static final double KILLED_SECONDS_MAX = 4 + SCHEDULING_SECONDS;

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final long END_SECONDS_MAX = 60;

    /** Kinds whose calls need no server. */
    private static final String AT_ONCE = "at_once_";

    /** Of {@code waits.py}: what only the kernel driver has. */
    private static final Set<String> OF_KERNEL =
            Set.of("seek_data", "seek_hole", "copy_range", "tmpfile", "rename_noreplace", "rename_exchange");

    /** And what needs {@code page_cache}. */
    private static final Set<String> OF_PAGES = Set.of("load_shared", "store_shared", "msync");

    private static final String PAGES_SOFT = "pages-soft";
    private static final String PAGES_HARD = "pages-hard";
    private static final String TAKEOVER_SOFT = "takeover-soft";
    private static final String FULL_SOFT = "full-soft";

    private static final long PAUSE_SECONDS = 3;
    private static final int PAUSES_MAX = 30;

    @Test
    void everyCallEndsOrCanBeKilledAndNobodyElseIsHeldUp() throws Exception {
        try (var mounts = FiveMounts.start()) {
            mounts.mountMore(PAGES_SOFT, "--driver", KernelDriver.NAME, "-o", "soft=5,page_cache");
            mounts.mountMore(PAGES_HARD, "--driver", KernelDriver.NAME, "-o", "hard,page_cache");
            mounts.mountMore(TAKEOVER_SOFT, "--driver", KernelDriver.NAME, "-o", "soft=5,takeover");
            mounts.mountMore(FULL_SOFT, "--driver", KernelDriver.NAME, "-o", "soft=5", "--cache-size", "16M");
            for (FiveMounts.Absence absence : FiveMounts.Absence.values()) {
                callsDuring(mounts, absence);
                if (absence == FiveMounts.Absence.REFUSED) {
                    assertEquals(1, lines(mounts, "the server is away"), mounts::logs);
                    assertEquals(1, lines(mounts, "the server is back"), mounts::logs);
                }
            }
            for (String driver : Drivers.NAMES) {
                programsSeeOnlyAPause(mounts, FiveMounts.hard(driver));
            }
        }
    }

    private static void callsDuring(FiveMounts mounts, FiveMounts.Absence absence) throws Exception {
        List<Kinds> soft = new ArrayList<>();
        List<Kinds> hard = new ArrayList<>();
        try {
            for (Kinds.Subject subject : softMounts()) {
                soft.add(kinds(mounts, subject, absence));
            }
            for (Kinds.Subject subject : hardMounts()) {
                hard.add(kinds(mounts, subject, absence));
            }
            for (Kinds kinds : both(soft, hard)) {
                kinds.awaitReady();
                assertEquals(missing(kinds.mount()), kinds.leftOut(), kinds.mount());
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

    private static List<Kinds.Subject> softMounts() {
        return List.of(
                new Kinds.Subject(FiveMounts.soft(JnrDriver.NAME), ""),
                new Kinds.Subject(FiveMounts.soft(KernelDriver.NAME), "kernel"),
                new Kinds.Subject(PAGES_SOFT, "kernel,pages"),
                new Kinds.Subject(TAKEOVER_SOFT, "kernel"),
                new Kinds.Subject(FULL_SOFT, "full"));
    }

    private static List<Kinds.Subject> hardMounts() {
        return List.of(
                new Kinds.Subject(FiveMounts.hard(JnrDriver.NAME), ""),
                new Kinds.Subject(FiveMounts.hard(KernelDriver.NAME), "kernel"),
                new Kinds.Subject(PAGES_HARD, "kernel,pages"));
    }

    /** Kinds that a mount has not. */
    private static Set<String> missing(String mount) {
        Set<String> missing = new TreeSet<>();
        if (mount.equals(FiveMounts.soft(JnrDriver.NAME)) || mount.equals(FiveMounts.hard(JnrDriver.NAME))) {
            missing.addAll(OF_KERNEL);
        }
        if (!List.of(PAGES_SOFT, PAGES_HARD, FULL_SOFT).contains(mount)) {
            missing.addAll(OF_PAGES);
        }
        return missing;
    }

    private static List<Kinds> both(List<Kinds> some, List<Kinds> others) {
        List<Kinds> all = new ArrayList<>(some);
        all.addAll(others);
        return all;
    }

    private static Kinds kinds(FiveMounts mounts, Kinds.Subject subject, FiveMounts.Absence absence)
            throws IOException {
        String mount = subject.mount();
        String name = absence + "-" + mount;
        Path there = Files.createDirectory(mounts.things(FiveMounts.HELP).resolve(name));
        return Kinds.start(
                mounts.script,
                subject,
                mounts.things(mount).resolve(name),
                there,
                mounts.directory.resolve("kinds.log"));
    }

    private static void allFailInTime(FiveMounts mounts, Kinds kinds) throws Exception {
        Map<String, Kinds.Returned> returned = kinds.returned();
        long deadline = System.nanoTime() + SOON.toNanos();
        while (returned.size() < kinds.count() && deadline - System.nanoTime() > 0) {
            returned = kinds.returned();
        }
        Map<String, Kinds.Returned> all = returned;
        assertEquals(kinds.count(), all.size(), () -> kinds.mount() + ": " + all + mounts.logs());
        all.forEach((kind, call) -> {
            String told = kinds.mount() + ": " + kind + " " + call;
            assertEquals(kind.startsWith(AT_ONCE) ? 0 : ETIMEDOUT, call.error(), () -> told + mounts.logs());
            assertTrue(call.seconds() < SOFT_MILLIS_MAX / 1000.0 + SCHEDULING_SECONDS, () -> told + mounts.logs());
        });
        long longest =
                session(mounts, kinds.mount()).path("longestGivenUpMillis").asLong();
        assertTrue(longest > 0 && longest <= SOFT_MILLIS_MAX, kinds.mount() + ": " + longest + " ms");
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
        assertTrue(killed.seconds() < KILLED_SECONDS_MAX, () -> kinds.mount() + " " + killed + mounts.logs());
    }

    /** While very many calls of one mount wait for the server of {@code /things}. */
    private static void othersAreNotHeldUp(FiveMounts mounts, String mount) throws Exception {
        Process many = ManyCalls.begin(mounts, mount);
        try {
            ManyCalls.awaitWaiting(mounts, mount);
            for (String elsewhere : List.of(mount, FiveMounts.HELP)) {
                Path fresh = Files.createTempDirectory(mounts.at(FiveMounts.HELP), "fresh-");
                Files.createFile(fresh.resolve("f"));
                Path seen = mounts.at(elsewhere).resolve(fresh.getFileName());
                assertTrue(
                        mounts.succeeds("[ \"$(ls " + seen + ")\" = f ]", UNAFFECTED_MAX),
                        () -> elsewhere + mounts.logs());
            }
        } finally {
            many.destroyForcibly();
        }
        assertTrue(many.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS), () -> mount + mounts.logs());
    }

    /** A soft mount may fail until the line is there again. */
    private static void works(FiveMounts mounts, String mount) throws Exception {
        Path file = mounts.things(mount).resolve("back-" + System.nanoTime());
        long deadline = System.nanoTime() + Duration.ofSeconds(END_SECONDS_MAX).toNanos();
        while (!mounts.succeeds("echo back > " + file + " && sync " + file, SOON)) {
            assertTrue(deadline - System.nanoTime() > 0, () -> mount + " does not work" + mounts.logs());
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
        assertTrue(programs.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS), () -> mount + mounts.logs());
        assertEquals(0, programs.exitValue(), () -> mount + mounts.logs());
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
}
