package sprite.client.space;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsException;

/**
 * Whole clients and a whole server, without FUSE: whatever one client has completed, every other sees. {@code -Dseed=N}
 * replays one seed, {@code -Dmodel.seeds=N} runs more.
 */
class SequentialSharingTest {
    private static final int STEPS = 400;

    @Test
    void everyClientSeesWhatEveryOtherHasCompleted(@TempDir Path directory) throws Exception {
        Long one = Long.getLong("seed");
        int seeds = Integer.getInteger("model.seeds", 60);
        try (LocalServer server = new LocalServer(directory);
                MountedSpace a = server.client(1, 4 << 20, Duration.ofMillis(400));
                MountedSpace b = server.client(2, 64 << 20, Duration.ofSeconds(30));
                MountedSpace c = server.client(3, 2 << 20, Duration.ofMillis(40))) {
            for (long seed = one == null ? 1 : one; seed <= (one == null ? seeds : one); seed++) {
                run(List.of(a, b, c), seed);
            }
        }
    }

    private static void run(List<MountedSpace> clients, long seed) throws FsException {
        ModelRun run = new ModelRun(List.copyOf(clients), seed);
        try {
            run.run(STEPS);
        } catch (FsException | RuntimeException | AssertionError e) {
            throw new AssertionError("replay with -Dseed=" + seed + "\n" + run.recentHistory(), e);
        }
    }
}
