package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.server.domain.store.Fixture.assertRefused;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Space;

/** On a full disk everything that needs space is refused, everything else works, and space given back is used. */
class SpaceTest {
    private static final int MIB = 1024 * 1024;

    @TempDir
    Path temporary;

    private Path disk;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(temporary.resolve("disk"));
        String complaint = run("mount", "-t", "tmpfs", "-o", "size=96m", "spritefs-test", disk.toString());
        assertEquals("", complaint, "this test mounts a small file system: run it as root");
    }

    @AfterEach
    void unmount() throws Exception {
        assertEquals("", run("umount", disk.toString()));
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return output;
    }

    @Test
    void refusesWhatNeedsSpaceAndUsesWhatIsGivenBack() throws Exception {
        try (Fixture f = new Fixture(disk.resolve("domain"))) {
            assertFalse(f.domain().space().low());
            List<String> names = new ArrayList<>();
            FsException refusal = assertThrows(FsException.class, () -> {
                for (int i = 0; i < 1_000; i++) {
                    names.add("f" + i);
                    f.write(f.file(f.root(), "f" + i), 0, new byte[MIB]);
                }
            });
            assertEquals(FsError.NO_SPACE, refusal.error());
            assertTrue(names.size() > 60, names.size() + " MiB fitted");
            Space full = f.domain().space();
            assertTrue(full.low());
            assertTrue(full.availableBytes() < 2 * MIB, full.toString());
            assertTrue(full.freeBytes() > 5 * MIB, full.toString());
            FileId first = f.find(f.root(), "f0");
            assertRefused(FsError.NO_SPACE, () -> f.allocate(first, 0, 0, 200 * MIB));
            f.write(first, 1000, new byte[] {1, 2, 3}); // in place
            f.rename(f.root(), "f0", f.root(), "renamed");
            for (int i = 1; i < names.size(); i += 2) {
                f.remove(f.root(), names.get(i));
            }
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (f.domain().space().availableBytes() <= 20 * MIB) { // asking has it given back
                assertTrue(System.nanoTime() < deadline, f.domain().space().toString());
                LockSupport.parkNanos(1_000_000);
            }
            f.write(f.file(f.root(), "more"), 0, new byte[10 * MIB]);
            f.reopen();
            assertArrayEquals(new byte[] {1, 2, 3}, f.read(first, 1000, 3));
            assertEquals(10 * MIB, f.attributes(f.find(f.root(), "more")).size());
        }
    }

    @Test
    void worksAgainAfterTheStoreItselfMetAFullDisk() throws Exception {
        try (Fixture f = new Fixture(disk.resolve("domain"))) {
            FileId file = f.file(f.root(), "file");
            f.write(file, 0, new byte[] {1, 2, 3});
            Path filler = disk.resolve("somebody-else");
            fill(filler);
            assertRefused(FsError.NO_SPACE, () -> f.file(f.root(), "another"));
            long[] version = {0};
            FsException refusal = assertThrows(FsException.class, () -> {
                while (version[0] < 1_000_000) {
                    f.apply(new Command.RaiseVersion(f.now(), file, version[0] + 1));
                    version[0]++;
                }
            });
            assertEquals(FsError.NO_SPACE, refusal.error());
            assertArrayEquals(new byte[] {1, 2, 3}, f.read(file, 0, 3));
            assertTrue(f.attributes(file).version() >= version[0]);
            Files.delete(filler);
            FileId another = f.file(f.root(), "another");
            f.write(another, 0, new byte[MIB]);
            assertTrue(f.attributes(file).version() >= version[0]);
            f.domain().commit(another);
            f.reopen();
            assertTrue(f.attributes(file).version() >= version[0]);
            assertArrayEquals(new byte[] {1, 2, 3}, f.read(file, 0, 3));
            assertEquals(MIB, f.attributes(another).size());
        }
    }

    private static void fill(Path filler) throws IOException {
        try (OutputStream out = Files.newOutputStream(filler)) {
            byte[] page = new byte[4096];
            while (true) {
                out.write(page);
            }
        } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("No space"), e.getMessage());
        }
    }
}
