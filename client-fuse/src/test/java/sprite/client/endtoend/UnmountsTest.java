package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.Drivers;
import sprite.client.fuse.Kernel;

/** Mounts that end while a server is away, or their daemon is stopped: in time, and nothing is lost. */
final class UnmountsTest {
    /**
     * What {@code umount --force} takes at most, without the start of its program, which takes less than a second where
     * nothing else runs, and is measured. SIGTERM takes no longer.
     */
    private static final Duration FORCE_MAX = Duration.ofSeconds(4);

    /** More than that is not allowed for, however much else the machine does. */
    private static final Duration START_MAX = Duration.ofSeconds(2);

    private static final Duration REFUSAL_MAX = Duration.ofSeconds(30);
    private static final Duration END_MAX = Duration.ofSeconds(60);

    private static final byte[] DATA = data();

    private static byte[] data() {
        var data = new byte[100_000];
        Arrays.fill(data, (byte) 'd');
        return data;
    }

    @Test
    void endInTimeAndKeepWhatIsNotHome() throws Exception {
        try (var mounts = FiveMounts.start()) {
            List<String> hard = Drivers.NAMES.stream().map(FiveMounts::hard).toList();
            List<String> soft = Drivers.NAMES.stream().map(FiveMounts::soft).toList();
            whileTheServerIsSilent(mounts, hard);
            whileTheServerIsDead(mounts, soft);
            for (String mount : Stream.concat(hard.stream(), soft.stream()).toList()) {
                mounts.mountAgain(mount);
            }
            whileTheDaemonIsStopped(mounts, hard);
            atSigterm(mounts, soft);
        }
    }

    private static void whileTheServerIsSilent(FiveMounts mounts, List<String> names) throws Exception {
        writeAt(mounts, names);
        mounts.goes(FiveMounts.Absence.SILENT);
        try {
            for (String mount : names) {
                Process users = ManyCalls.begin(mounts, mount);
                ManyCalls.awaitWaiting(mounts, mount);
                refusesToUnmount(mounts, mount);
                keeps(mounts, unmountByForce(mounts, mount));
                assertTrue(users.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS), "calls outlive their mount");
            }
        } finally {
            mounts.returns(FiveMounts.Absence.SILENT);
        }
    }

    private static void whileTheServerIsDead(FiveMounts mounts, List<String> names) throws Exception {
        writeAt(mounts, names);
        mounts.goes(FiveMounts.Absence.REFUSED);
        for (String mount : names) {
            keeps(mounts, unmountByForce(mounts, mount));
        }
        mounts.returns(FiveMounts.Absence.REFUSED);
    }

    /** It brings home what it has when it goes on. */
    private static void whileTheDaemonIsStopped(FiveMounts mounts, List<String> names) throws Exception {
        writeAt(mounts, names);
        for (String mount : names) {
            mounts.stop(mount);
            Process user = mounts.shell("stat " + mounts.at(mount).resolve("absent"));
            String told = unmountByForce(mounts, mount);
            Process daemon = mounts.processes().process(mount);
            assertTrue(told.contains("is stopped: after 'kill -CONT " + daemon.pid() + "'"), told);
            assertTrue(user.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS), "a call outlives its mount");
            assertTrue(daemon.isAlive());
            mounts.goOn(mount);
            assertTrue(daemon.waitFor(END_MAX.toSeconds(), TimeUnit.SECONDS), mounts::logs);
            Path written = mounts.things(FiveMounts.HELP).resolve("dirty-" + mount);
            assertArrayEquals(DATA, Files.readAllBytes(written), mounts::logs);
        }
    }

    private static void atSigterm(FiveMounts mounts, List<String> names) throws Exception {
        writeAt(mounts, names);
        mounts.goes(FiveMounts.Absence.SILENT);
        try {
            for (String mount : names) {
                long began = System.nanoTime();
                assertEquals(1, mounts.processes().stop(mount));
                assertWithin(FORCE_MAX, began, mounts);
                keeps(mounts, String.join("\n", mounts.log(mount)));
            }
        } finally {
            mounts.returns(FiveMounts.Absence.SILENT);
        }
    }

    private static void writeAt(FiveMounts mounts, List<String> names) throws IOException {
        for (String mount : names) {
            Files.write(mounts.things(mount).resolve("dirty-" + mount), DATA);
        }
    }

    private static void refusesToUnmount(FiveMounts mounts, String mount) throws Exception {
        long began = System.nanoTime();
        var refused = assertThrows(
                IOException.class,
                () -> mounts.processes().spritefs("umount", mounts.at(mount).toString()));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.contains("stays mounted") && said.contains("is away"), said);
        assertWithin(REFUSAL_MAX, began, mounts);
        assertTrue(Kernel.mountAt(mounts.at(mount)).isPresent());
    }

    /** What it told of data that is not home. */
    private static String unmountByForce(FiveMounts mounts, String mount) throws Exception {
        Duration limit = FORCE_MAX.plus(startOfAProgram(mounts));
        long began = System.nanoTime();
        var told = assertThrows(
                IOException.class,
                () -> mounts.processes()
                        .spritefs("umount", "--force", mounts.at(mount).toString()));
        assertWithin(limit, began, mounts);
        assertFalse(Kernel.mountAt(mounts.at(mount)).isPresent());
        return String.valueOf(told.getMessage());
    }

    /** What this machine needs at this moment to run a command that does nothing. */
    private static Duration startOfAProgram(FiveMounts mounts) throws Exception {
        long began = System.nanoTime();
        String _ = mounts.processes().spritefs("--version");
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        return took.compareTo(START_MAX) < 0 ? took : START_MAX;
    }

    private static void assertWithin(Duration limit, long beganNanos, FiveMounts mounts) {
        Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
        assertTrue(took.compareTo(limit) <= 0, () -> took + " of " + limit + mounts.logs());
    }

    private static void keeps(FiveMounts mounts, String told) throws IOException {
        Matcher kept = Pattern.compile(DATA.length + " bytes of file .* are kept in (\\S+)")
                .matcher(told);
        assertTrue(kept.find(), () -> told + mounts.logs());
        Path file = Path.of(kept.group(1));
        assertArrayEquals(DATA, Files.readAllBytes(file));
        Path directory = file.resolveSibling(".").normalize();
        try (var all = Files.list(directory)) {
            for (Path one : all.toList()) {
                Files.delete(one);
            }
        }
        Files.delete(directory);
    }
}
