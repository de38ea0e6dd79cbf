package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.server.domain.Entry;

/** A server that is killed in the middle of its work loses nothing that it acknowledged. */
class CrashTest {
    private static final int ROUNDS = 5;

    @TempDir
    Path temporary;

    @Test
    void losesNothingAcknowledgedWhenKilled() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Path directory = temporary.resolve("domain" + round);
            int last = runAndKill(directory, 20 + random.nextInt(400));
            check(directory, last, "seed " + seed + " round " + round + " step " + last);
        }
    }

    /** Lets a process write and kills it some time after a step; returns the last step that it acknowledged. */
    private static int runAndKill(Path directory, int steps) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriter.class.getName(),
                        directory.toString(),
                        "0"))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int last = -1;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null) {
                last = Integer.parseInt(line);
                if (last == steps) {
                    process.toHandle().destroyForcibly(); // and read what it said before
                }
                line = out.readLine();
            }
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        }
        assertTrue(last >= steps, "the writer ended by itself after step " + last);
        return last;
    }

    private static void check(Path directory, int last, String when) throws Exception {
        try (Fixture f = new Fixture(directory)) {
            Map<String, byte[]> expected = CrashWriter.after(last);
            for (Map.Entry<String, byte[]> file : expected.entrySet()) {
                if (CrashWriter.touches(last + 1, file.getKey())) {
                    continue; // the step that was cut short
                }
                Entry entry = f.lookup(f.root(), file.getKey());
                assertNotNull(entry, when + " " + file.getKey());
                byte[] data = file.getValue();
                assertEquals(data.length, f.attributes(entry.file()).size(), when + " " + file.getKey());
                assertArrayEquals(data, f.read(entry.file(), 0, data.length + 1), when + " " + file.getKey());
            }
            Set<Long> inodes = new HashSet<>();
            for (Entry entry : f.domain().list(f.root(), null, 10_000)) {
                String name = entry.name().toString();
                assertTrue(expected.containsKey(name) || CrashWriter.touches(last + 1, name), when + " " + name);
                inodes.add(entry.file().inode());
            }
            assertEquals(inodes.size() + 1, f.domain().space().files(), when);
            assertNoStrays(directory, inodes, when);
        }
    }

    /** Every data file belongs to a file. */
    private static void assertNoStrays(Path directory, Set<Long> inodes, String when) throws Exception {
        try (Stream<Path> files = Files.walk(directory.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertTrue(inodes.contains(Long.parseLong(file.getFileName().toString())), when + " stray " + file);
            }
        }
    }
}
