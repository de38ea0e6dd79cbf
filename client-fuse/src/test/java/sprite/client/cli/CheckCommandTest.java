package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spritefs check}: what it says, and its exit status. */
final class CheckCommandTest {
    private static final String START = """
            spritefs-history 2 nanoseconds
            mount a /mnt/a (fuse.sshfs)
            mount b /mnt/b (fuse.sshfs)
            process p1 a
            process p2 b
            op p1 1 1000000 2000000 write f#0 41 - ok pwrite
            op p1 2 3000000 4000000 write f#0 42 - ok pwrite
            """;

    @TempDir
    private Path directory = Path.of("");

    private Path history(String rest) throws Exception {
        return Files.writeString(directory.resolve("history"), START + rest);
    }

    private void assertUnreadable(String why, String... arguments) throws Exception {
        Jvm.Result result = Jvm.spritefs(arguments);
        assertEquals(2, result.status(), result.err());
        assertEquals(1, result.err().lines().count(), result.err());
        assertTrue(result.err().contains(why), result.err());
        assertEquals("", result.out());
    }

    @Test
    void saysThatAHistoryCanBeExplained() throws Exception {
        Path file = history("op p2 1 5000000 6000000 read f#0 42 - ok pread\nend 3 0\n");
        Jvm.Result result = Jvm.spritefs("check", "history", file.toString());
        assertEquals(0, result.status(), result.err());
        assertEquals(file + ": 3 operations on 1 objects: every one can be explained", result.out());
    }

    @Test
    void tellsTheStoryOfAViolation() throws Exception {
        Path file = history("op p2 1 5000000 6000000 read f#0 41 - ok pread\nend 3 0\n");
        Jvm.Result result = Jvm.spritefs("check", "history", file.toString());
        assertEquals(1, result.status(), result.err());
        assertTrue(result.out().contains("p2 at /mnt/b (fuse.sshfs) read 41  (pread)"), result.out());
        assertTrue(result.out().contains("1.000 ms before"), result.out());
        assertTrue(result.out().contains("VIOLATED on 1 objects"), result.out());
    }

    @Test
    void refusesWhatItCannotRead() throws Exception {
        String file =
                history("op p2 1 5000000 6000000 read f#0 41 - ok pread\n").toString();
        assertUnreadable("breaks off after line 8", "check", "history", file);
        assertUnreadable("does not exist", "check", "history", directory + "/none");
        Path binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff, 0, (byte) 0xfe});
        assertUnreadable("line 1 or one soon after it is not text", "check", "history", binary.toString());
        String cast = START.substring(0, START.indexOf("op "));
        Path empty = Files.writeString(directory.resolve("empty"), cast + "end 0 0\n");
        assertUnreadable("no operations are in it", "check", "history", empty.toString());
    }

    /** What begins with a clear violation and is not whole gets no verdict. */
    @Test
    void saysWhichLineIsWrongAndGivesNoVerdict() throws Exception {
        String stale = "op p2 1 5000000 6000000 read f#0 41 - ok pread\n";
        assertUnreadable(
                "breaks off after line 8", "check", "history", history(stale).toString());
        assertUnreadable(
                "line 8: the outcome is missing",
                "check",
                "history",
                history("op p2 1 5000000 6000000 read f#0 41 -").toString());
        assertUnreadable(
                "line 9: the end speaks of 4 operations, but 3 came before it",
                "check",
                "history",
                history(stale + "end 4 0\n").toString());
        assertUnreadable(
                "line 8: operation 2 of p2, where 1 is next: lines are missing or in another order",
                "check",
                "history",
                history(stale.replace("p2 1", "p2 2") + stale + "end 4 0\n").toString());
        Path other = Files.writeString(directory.resolve("other"), START.replace("history 2", "history 1"));
        assertUnreadable("line 1: this is 'spritefs-history 1 nanoseconds'", "check", "history", other.toString());
    }

    @Test
    void recordsWhatCanBeJudged() throws Exception {
        Path file = directory.resolve("recorded");
        Path mount = Files.createDirectory(directory.resolve("mount"));
        Jvm.Result recorded = Jvm.spritefs(
                "check",
                "record",
                mount.toString(),
                mount.toString(),
                "--seconds",
                "1",
                "--window",
                "1",
                "--workload",
                "handoff,renames",
                "-o",
                file.toString());
        assertEquals(0, recorded.status(), recorded.err());
        assertEquals(
                List.of("window 1"),
                Files.readAllLines(file).stream()
                        .filter(line -> line.startsWith("window"))
                        .toList());
        Jvm.Result judged = Jvm.spritefs("check", "history", file.toString());
        assertEquals(0, judged.status(), judged.out());
    }

    @Test
    void saysWhatCannotBeRecorded() throws Exception {
        Path mount = Files.createDirectory(directory.resolve("mount"));
        Path other = Files.createDirectory(directory.resolve("other"));
        String at = mount.toString();
        assertUnreadable("unknown workload 'fast'", "check", "record", at, "--check", "--workload", "fast");
        assertUnreadable("neither -o nor --check", "check", "record", at);
        assertUnreadable("is not a directory", "check", "record", at, directory + "/none", "--check");
        assertUnreadable("at least 1", "check", "record", at, "--check", "--seconds", "0");
        assertUnreadable("not mounts of the same directory", "check", "record", at, other.toString(), "--check");
    }
}
