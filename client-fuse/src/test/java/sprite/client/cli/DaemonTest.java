package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.fuse.Kernel;

/** A daemon in its own JVM, spoken to by the commands. */
final class DaemonTest {
    private Path mountPoint = Path.of("");
    private final List<Process> daemons = new ArrayList<>();

    @BeforeEach
    void makeMountPoint() throws IOException {
        mountPoint = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "mnt-");
    }

    @AfterEach
    void clear() throws IOException {
        daemons.forEach(Process::destroyForcibly);
        if (Kernel.mountAt(mountPoint).isPresent()) {
            assertTrue(Kernel.unmount(mountPoint, true));
        }
        Files.delete(mountPoint);
    }

    private Process start(String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(mountPoint.toString()));
        arguments.addAll(List.of(more));
        Process daemon = Jvm.of("sprite.client.cli.TwinDaemon", arguments.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        daemons.add(daemon);
        assertEquals("mounted", daemon.inputReader(StandardCharsets.UTF_8).readLine());
        return daemon;
    }

    @Test
    void tellsItsStatusAndEndsWithItsMount() throws Exception {
        Process daemon = start();
        Files.writeString(mountPoint.resolve("f"), "x");
        Jvm.Result status = Jvm.spritefs("status", mountPoint.toString());
        assertTrue(status.out().contains("hit rate"), status.out());
        assertTrue(status.out().contains("75.0 %"), status.out());
        String json = Jvm.spritefs("status", mountPoint.toString(), "--json").out();
        assertTrue(json.contains("\"pid\" : " + daemon.pid()), json);
        assertTrue(json.contains("\"protocol\" : "), json);
        assertTrue(Jvm.spritefs("status").out().contains(mountPoint.toString()));
        Jvm.Result umount = Jvm.spritefs("umount", mountPoint.toString());
        assertEquals(0, umount.status(), umount.err());
        assertFalse(daemon.isAlive());
        assertTrue(Kernel.mountAt(mountPoint).isEmpty());
    }

    @Test
    void staysMountedWhileAProgramUsesItUnlessForced() throws Exception {
        Process daemon = start();
        try (var _ = Files.newOutputStream(mountPoint.resolve("open"))) {
            Jvm.Result refused = Jvm.spritefs("umount", mountPoint.toString());
            assertEquals(1, refused.status());
            assertTrue(refused.err().contains("a program uses it"), refused.err());
            assertTrue(Files.exists(mountPoint.resolve("open")));
            assertEquals(
                    0, Jvm.spritefs("umount", "--force", mountPoint.toString()).status());
        } catch (IOException e) {
            assertTrue(Kernel.mountAt(mountPoint).isEmpty(), "closing fails only once the mount is gone");
        }
        assertTrue(daemon.waitFor(10, TimeUnit.SECONDS));
    }

    @Test
    void tellsWhatCouldNotBeWrittenBack() throws Exception {
        start("4096 bytes of file 1:7 could not be written back");
        Jvm.Result refused = Jvm.spritefs("umount", mountPoint.toString());
        assertEquals(1, refused.status());
        assertTrue(refused.err().contains("file 1:7"), refused.err());
        assertTrue(Kernel.mountAt(mountPoint).isPresent());
        assertEquals(1, Jvm.spritefs("umount", "--force", mountPoint.toString()).status());
        assertTrue(Kernel.mountAt(mountPoint).isEmpty());
    }

    @Test
    void isClearedAwayByForceWhenTheDaemonIsDead() throws Exception {
        Process daemon = start();
        daemon.destroyForcibly();
        assertTrue(daemon.waitFor(10, TimeUnit.SECONDS));
        assertEquals(1, Jvm.spritefs("umount", mountPoint.toString()).status());
        assertEquals(0, Jvm.spritefs("umount", "--force", mountPoint.toString()).status());
        assertTrue(Kernel.mountAt(mountPoint).isEmpty());
    }

    @Test
    void endsWhenSomebodyElseUnmounts() throws Exception {
        Process daemon = start();
        assertTrue(Kernel.unmount(mountPoint, false));
        assertTrue(daemon.waitFor(10, TimeUnit.SECONDS));
        assertEquals(0, daemon.exitValue());
    }
}
