package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input: one clear line on stderr, a status that is not 0, and nothing changed. */
final class CommandLineTest {
    /** Nothing listens there: port 1 needs root and is used by nobody. */
    private static final String NOBODY = "127.0.0.1:1";

    @TempDir
    private Path directory = Path.of("");

    private static void assertRefused(int status, String why, String... arguments) throws Exception {
        Jvm.Result result = Jvm.spritefs(arguments);
        assertEquals(status, result.status(), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(why), result.err());
        assertEquals("", result.out());
    }

    @Test
    void saysWhatIsWrongWithAMountPoint() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertRefused(1, "does not exist", "mount", directory + "/none", "--server", NOBODY);
        assertRefused(1, "is not a directory", "mount", file.toString(), "--server", NOBODY);
        assertRefused(1, "already mounted", "mount", "/proc", "--server", NOBODY);
    }

    @Test
    void saysThatNoServerAnswers() throws Exception {
        assertRefused(1, "no spritefs server answers at " + NOBODY, "mount", directory.toString(), "--server", NOBODY);
        assertRefused(1, "no spritefs server answers at " + NOBODY, "status", NOBODY);
        assertRefused(1, "no spritefs server answers at " + NOBODY, "prefix", "add", "/x", "--server", NOBODY);
    }

    @Test
    void saysWhichWordItDoesNotUnderstand() throws Exception {
        String at = directory.toString();
        assertRefused(2, "frobnicate", "frobnicate");
        assertRefused(2, "--server", "mount", at);
        assertRefused(1, "unknown mount option 'fast'", "mount", at, "--server", NOBODY, "-o", "fast");
        assertRefused(1, "seconds", "mount", at, "--server", NOBODY, "-o", "soft=soon");
        assertRefused(1, "cache size '3'", "mount", at, "--server", NOBODY, "--cache-size", "3");
        assertRefused(1, "unknown driver", "mount", at, "--server", NOBODY, "--driver", "warp");
        assertRefused(1, "no address of a server", "mount", at, "--server", "nowhere");
        assertRefused(1, "no prefix to link", "prefix", "add", "relative", "--server", NOBODY);
    }

    @Test
    void unmountsOnlyItsOwn() throws Exception {
        assertRefused(1, "is no spritefs mount", "umount", directory.toString());
        assertRefused(1, "is no spritefs mount", "umount", "/proc");
        assertTrue(Files.exists(Path.of("/proc/self/stat")));
    }

    @Test
    void helpsAndTellsItsVersion() throws Exception {
        assertTrue(Jvm.spritefs("--help").out().contains("umount"));
        assertEquals("spritefs 0.1.0", Jvm.spritefs("--version").out());
        assertTrue(Jvm.spritefs("mount", "--help").out().contains("--cache-size"));
        assertNotEquals(0, Jvm.spritefs().status());
    }
}
