package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.io.TempDirFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.fsck.Fsck;

/**
 * Power is lost at random steps of random work, on a disk that forgets what was not synced: whatever was promised is
 * there. {@code -Dpowerlosses=N} loses power more often than 60 times, {@code -Dseed=N} does one run again.
 */
class PowerLossTest {
    private static final int LOSSES = Integer.getInteger("powerlosses", 60);
    private static final int LIES_MAX = 300;

    /** Memory, where there is some: what is synced is known anyway, and need not be synced. */
    static final class InMemory implements TempDirFactory {
        private static final Path MEMORY = Path.of("/dev/shm");
        private static final long BYTES_WANTED = 1L << 30;

        @Override
        public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
            return Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() >= BYTES_WANTED
                    ? Files.createTempDirectory(MEMORY, "power-loss")
                    : Files.createTempDirectory("power-loss");
        }
    }

    @TempDir(factory = InMemory.class)
    Path temporary;

    private int checked;
    private int nested;
    private final TreeMap<String, Integer> places = new TreeMap<>();

    @Test
    void keepsWhatWasPromisedWhenPowerIsLost() throws Exception {
        Long replayed = Long.getLong("seed");
        long first = replayed != null ? replayed : System.nanoTime();
        for (long seed = first; replayed != null ? seed == first : checked < LOSSES; seed++) {
            run(seed, Lie.NONE);
        }
        System.out.println("power lost " + checked + " times, " + nested
                + " of them while opening afterwards, seeds from " + first + ": " + places);
    }

    @ParameterizedTest
    @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
    void noticesADiskThatLies(Lie lie) throws Exception {
        for (long seed = 1; checked < LIES_MAX; seed++) {
            try {
                run(seed, lie);
            } catch (AssertionError e) {
                assertTrue(String.valueOf(e.getMessage()).contains("seed"), () -> "not by a loss: " + e);
                return;
            }
        }
        fail(lie + " was not noticed in " + checked + " losses");
    }

    private void run(long seed, Lie lie) throws Exception {
        Path place = Files.createDirectory(temporary.resolve("run-" + seed));
        List<LossRun.Loss> losses = new LossRun(place, seed, lie).run();
        for (int i = 0; i < losses.size(); i++) {
            LossRun.Loss loss = losses.get(i);
            String where = "seed " + seed + ", loss " + i + " during " + loss.when();
            places.merge(loss.when().replaceAll("[ ,].*", ""), 1, Integer::sum);
            try {
                check(loss, new Random(seed * 31 + i), 0);
            } catch (Exception | AssertionError e) {
                throw new AssertionError(where + ": " + e.getMessage() + " (-Dseed=" + seed + " does it again)", e);
            }
        }
        deleteTree(place);
    }

    /** Opens what a loss left; at first power may be lost again meanwhile. */
    private void check(LossRun.Loss loss, Random random, int depth) throws Exception {
        checked++;
        nested += depth;
        List<LossRun.Loss> again = new ArrayList<>();
        Path directory = loss.image().resolve("domain");
        if (Files.exists(directory.resolve("FORMAT"))) {
            assertClean(directory);
        }
        var disk = new ForgetfulDisk(
                loss.image(), "life " + (depth + 2), Lie.NONE, new OnceMore(loss, random, depth, again));
        try (BlockCache cache = new BlockCache(4 << 20)) {
            RocksDomain domain = RocksDomain.open(Prefix.ROOT, directory, DomainOptions.with(cache), disk.ground());
            try {
                Found found = new Found(domain, loss.promises());
                found.check();
                if (again.isEmpty()) {
                    found.checkGrowing();
                }
            } finally {
                domain.close();
            }
        }
        assertClean(directory);
        for (LossRun.Loss second : again) {
            check(second, random, depth + 1);
        }
        deleteTree(loss.image());
    }

    private static void assertClean(Path directory) throws Exception {
        assertEquals(List.of(), Fsck.check(directory).damages());
    }

    /** Loses power once more, maybe. */
    private static final class OnceMore implements ForgetfulDisk.Losses {
        private final LossRun.Loss loss;
        private final Random random;
        private final List<LossRun.Loss> again;
        private int left;

        OnceMore(LossRun.Loss loss, Random random, int depth, List<LossRun.Loss> again) {
            this.loss = loss;
            this.random = random;
            this.again = again;
            this.left = depth > 0 || random.nextInt(3) > 0 ? -1 : random.nextInt(40);
        }

        @Override
        public boolean at(String step) {
            return left-- == 0;
        }

        @Override
        public Path target() {
            return loss.image().resolveSibling(loss.image().getFileName() + "-again");
        }

        @Override
        public void lost(Path image) {
            again.add(new LossRun.Loss(image, loss.promises(), loss.when() + ", then while opening"));
        }

        @Override
        public Random random() {
            return random;
        }

        @Override
        public void between(String call) {
            assertFalse(call.isEmpty());
        }
    }

    private static void deleteTree(Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
