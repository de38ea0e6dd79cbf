package sprite.client.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs whole worlds. {@code -Dseed=N} replays one and tells its story ({@code -Dlines=N} of it), {@code -Dseeds=N} runs
 * another number, {@code -Dseconds=N} runs new ones for so long.
 */
class WorldTest {
    private static final int SEEDS = 10_000;

    /** JVMs that run worlds at the same time; each keeps one processor busy. */
    private static final int AT_ONCE = 2;

    private static final String REPLAY = "replay a seed: scripts/mvn -pl client-fuse -am -Dtest=WorldTest -Dseed=N"
            + " -Dsurefire.failIfNoSpecifiedTests=false test";

    @TempDir
    Path directory;

    @Test
    void nothingIsLostTornOrStaleInAnyWorld() throws Exception {
        String seed = System.getProperty("seed");
        String seconds = System.getProperty("seconds");
        List<Process> runs = new ArrayList<>();
        if (seed != null) {
            runs.add(start(0, seed, seed, "1"));
        } else {
            for (int i = 0; i < AT_ONCE; i++) {
                runs.add(
                        seconds != null
                                ? start(i, "seconds", seconds)
                                : start(i, "" + (i + 1), "" + Integer.getInteger("seeds", SEEDS), "" + AT_ONCE));
            }
        }
        for (int i = 0; i < runs.size(); i++) {
            end(runs.get(i), i);
        }
    }

    /** Seeds that showed a defect once, and what; a change of the worlds may have made others of them. */
    @Test
    void whatOnceFailedDoesNotFailAgain() throws Exception {
        end(
                start(
                        0,
                        "these",
                        "4545", // data refused as outdated: its owner's open had raised the version unheard
                        "5903", // data accepted under a version that the disk had lost with the power
                        "8049", // the same
                        "1996", // a file empty that had been replaced whole, by a client that was declared dead
                        "4338", // a file of zeros: a dead client's report of its size was believed
                        "3989", // data refused as outdated by an open of a client that had been given up before
                        "5680", // a truncation said again after its lock was lost: it cut what the next owner wrote
                        "2207", // a lock that nobody gave back: granted to a client that was declared dead
                        "464", // old blocks read, that were to be dropped once they were committed: caching had come
                        // back before
                        "3051", // a read that waited for ever for the recovery of a mount that had ended
                        "6256122700646335719", // a truncation that counted as made though data from before it had come
                        // home: the
                        // server had ended twice before it was answered
                        "3572806378867174887"), // the same of a mount that ended while it said hello again
                0);
    }

    @Test
    void theSameSeedIsTheSameWorld() throws Exception {
        end(start(0, "twice", "20"), 0);
    }

    @Test
    void everyPlantedBugIsNoticed() throws Exception {
        end(start(0, "bugs", "3000"), 0);
    }

    /** Waits until a run has ended well. */
    private void end(Process process, int run) throws IOException, InterruptedException {
        int status = process.waitFor();
        String said = Files.readString(output(run), StandardCharsets.UTF_8);
        System.out.println("simulation: " + said);
        assertEquals(0, status, said + REPLAY);
    }

    private Path output(int run) {
        return directory.resolve("run-" + run);
    }

    private Process start(int run, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.lang=ALL-UNNAMED", // for virtual threads with a scheduler of ours
                "-Djdk.trackAllThreads=false", // or threads of nodes that crashed stay for ever
                "-Dorg.slf4j.simpleLogger.log.sprite=error",
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-Doutlived=" + Boolean.getBoolean("outlived"),
                "-Dbug=" + System.getProperty("bug", ""),
                "-Dtable=" + Integer.getInteger("table", 0),
                "-Dfailures=" + Integer.getInteger("failures", 1),
                "-Dlines=" + Integer.getInteger("lines", 200),
                "-cp",
                System.getProperty("java.class.path", ""),
                Runs.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output(run).toFile())
                .start();
    }
}
