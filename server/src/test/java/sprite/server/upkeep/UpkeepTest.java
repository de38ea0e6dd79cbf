package sprite.server.upkeep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import sprite.common.name.FileId;
import sprite.server.domain.fsck.FullDomain;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Table;

/** What the commands say and what they end with. */
class UpkeepTest {
    @TempDir
    Path temporary;

    private String directory = "";
    private final List<byte[]> sums = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void make() throws Exception {
        directory = temporary.resolve("domain").toString();
        FullDomain.make(Path.of(directory));
    }

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return Main.run(line, args);
    }

    private void loseAFile() throws Exception {
        try (Offline domain = Offline.open(Path.of(directory), Offline.Mode.WRITE)) {
            domain.put(Table.INFO, Keys.FILES, Keys.ofLong(3));
            assertEquals(1, FileId.ROOT_INODE);
        }
    }

    @Test
    void tellsOfADomainWithoutDamage() {
        assertEquals(0, run("fsck", directory));
        assertTrue(out.toString().contains("16 inodes, no damage"), out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void tellsOfDamageAndRepairsItWhenTold() throws Exception {
        loseAFile();
        assertEquals(1, run("fsck", directory));
        assertTrue(out.toString().contains("counts 3 inodes and has 16"), out.toString());
        assertTrue(out.toString().contains("--repair"), out.toString());
        assertEquals(1, run("fsck", directory));
        assertEquals(0, run("fsck", "--repair", directory));
        assertTrue(out.toString().contains("1 damages, all repaired"), out.toString());
        assertEquals(0, run("fsck", directory));
    }

    @Test
    void speaksJson() throws Exception {
        loseAFile();
        assertEquals(1, run("fsck", "--json", directory));
        JsonNode json = new ObjectMapper().readTree(out.toString());
        assertFalse(json.get("clean").asBoolean());
        assertEquals("count of files", json.get("damages").get(0).get("kind").asText());
        assertEquals(1, json.get("left").size());
    }

    @Test
    void saysInOneLineWhyItCouldNotRun() throws Exception {
        assertEquals(2, run("fsck", temporary.toString()));
        assertTrue(err.toString().contains("holds no domain"), err.toString());
        assertEquals(1, err.toString().lines().count());
        try (Offline other = Offline.open(Path.of(directory), Offline.Mode.READ)) {
            assertEquals(2, run("fsck", other.path().toString()));
        }
        assertTrue(err.toString().contains("a server is using"), err.toString());
        assertEquals(2, run("fsck"));
        assertEquals(2, run("dump", temporary.toString()));
        Files.writeString(Path.of(directory, "FORMAT"), "nonsense");
        assertEquals(2, run("fsck", directory));
        assertTrue(err.toString().contains("FORMAT"), err.toString());
    }

    @Test
    void takesNoFailureOfItsOwnForDamage() {
        for (Throwable failure : new Throwable[] {new OutOfMemoryError("heap"), new IllegalStateException("a bug")}) {
            CommandLine line = Main.commandLine();
            line.setErr(new PrintWriter(err, true));
            line.setExecutionStrategy(_ -> {
                if (failure instanceof OutOfMemoryError error) {
                    throw error;
                }
                throw new CommandLine.ExecutionException(line, "failed", failure);
            });
            assertEquals(2, Main.run(line, "fsck", directory));
        }
        assertTrue(err.toString().contains("SPRITEFS_JAVA_OPTS=-Xmx4g"), err.toString());
        assertTrue(err.toString().contains("a bug"), err.toString());
    }

    @Test
    void saysThatARepairDoesNotBringDataBack() throws Exception {
        try (Offline domain = Offline.open(Path.of(directory), Offline.Mode.WRITE)) {
            domain.scan(Table.CHECKSUMS, (key, _) -> sums.add(key.clone()));
            domain.put(Table.CHECKSUMS, sums.getFirst(), new byte[] {1, 2, 3, 4});
        }
        assertEquals(1, run("fsck", directory));
        assertTrue(out.toString().contains("but for 1 blocks with a wrong checksum"), out.toString());
    }

    @Test
    void hasHelp() {
        for (String command : new String[] {"fsck", "dump", "load"}) {
            assertEquals(0, run(command, "--help"));
            assertTrue(out.toString().contains("Usage: spritefs " + command), out.toString());
        }
    }
}
