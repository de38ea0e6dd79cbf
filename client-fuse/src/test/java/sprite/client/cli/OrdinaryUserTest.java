package sprite.client.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Somebody who is not root mounts, which fusermount3 does for everybody. That takes a {@code /dev/fuse} which everybody
 * may open, as udev makes it; containers often have another. So all of it is in a mount namespace with one that is so.
 */
final class OrdinaryUserTest {
    private static final String UID = "1000";
    private static final long SECONDS_MAX = 60;

    private Path directory = Path.of("");

    @SuppressWarnings("NullAway.Init") // set before each test
    private MountHarness harness;

    private String server = "";
    private String classPath = "";
    private List<String> inside = List.of();
    private final List<Process> started = new ArrayList<>();

    @BeforeEach
    void serve() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name"))); // else all other tests are this one
        directory = Files.createTempDirectory("spritefs-");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        harness = new MountHarness(directory);
        server = "127.0.0.1:" + MountHarness.freePort();
        Path domain = Files.createDirectory(directory.resolve("domain"));
        var _ = harness.server("server", "--domain", "/=" + domain, "--listen", server);
        Path rootsMount = harness.mount("roots", server);
        Files.setPosixFilePermissions(rootsMount, PosixFilePermissions.fromString("rwxrwxrwx"));
        classPath = readableClassPath();
        for (String name : List.of("home", "mount")) {
            own(Files.createDirectory(directory.resolve(name)));
        }
        inside = namespace(Files.createDirectory(directory.resolve("dev")));
    }

    /** The words that run a command as the user and in the namespace, which ends with the test. */
    private List<String> namespace(Path devices) throws IOException {
        String making = "mount -t tmpfs devices %s && mknod -m 666 %s/fuse c 10 229 && mount --bind %s/fuse /dev/fuse"
                .formatted(devices, devices, devices);
        Process holder = new ProcessBuilder(
                        "unshare", "--mount", "sh", "-c", making + " && echo made && exec sleep 600")
                .redirectError(directory.resolve("err").toFile())
                .start();
        started.add(holder);
        assertEquals("made", holder.inputReader(StandardCharsets.UTF_8).readLine(), err());
        return List.of(
                "/usr/bin/nsenter",
                "--mount=/proc/" + holder.pid() + "/ns/mnt",
                "/usr/bin/setpriv",
                "--reuid",
                UID,
                "--regid",
                UID,
                "--clear-groups");
    }

    @AfterEach
    void clear() throws IOException {
        started.forEach(Process::destroyForcibly);
        harness.close();
        try (var everything = Files.walk(directory)) {
            for (Path path : everything.sorted((x, y) -> y.compareTo(x)).toList()) {
                Files.delete(path);
            }
        }
    }

    private Path mountPoint() {
        return directory.resolve("mount");
    }

    private static void own(Path path) throws IOException {
        Files.setAttribute(path, "unix:uid", Integer.parseInt(UID));
    }

    /** The user may not pass through where Maven keeps libraries of root's. */
    private String readableClassPath() throws IOException {
        Path libraries = Files.createDirectory(directory.resolve("lib"));
        List<String> readable = new ArrayList<>();
        for (String element : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            Path path = Path.of(element);
            if (Files.isRegularFile(path) && !path.getFileName().toString().startsWith("rocksdb")) {
                readable.add(link(libraries.resolve(readable.size() + "-" + path.getFileName()), path)
                        .toString());
            } else if (Files.isDirectory(path)) {
                readable.add(path.toAbsolutePath().toString());
            }
        }
        return String.join(File.pathSeparator, readable);
    }

    private static Path link(Path at, Path existing) throws IOException {
        try {
            return Files.createLink(at, existing);
        } catch (FileSystemException e) {
            return Files.copy(existing, at); // on another file system
        }
    }

    private Process start(String path, String... arguments) throws IOException {
        String home = directory.resolve("home").toString();
        List<String> command = new ArrayList<>(inside);
        command.addAll(List.of("/usr/bin/env", "-i", "PATH=" + path, "HOME=" + home, "XDG_RUNTIME_DIR=" + home));
        List<String> java = new ArrayList<>(MountHarness.command(arguments));
        java.set(java.indexOf("-cp") + 1, classPath);
        command.addAll(java);
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
        started.add(process);
        return process;
    }

    /** Standard error of the program that was started last. */
    private String err() throws IOException {
        return Files.readString(directory.resolve("err"), StandardCharsets.UTF_8)
                .strip();
    }

    private String run(String... arguments) throws Exception {
        Process process = start("/usr/bin:/bin", arguments);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), Arrays.toString(arguments));
        assertEquals(0, process.exitValue(), () -> Arrays.toString(arguments) + said);
        return said;
    }

    private void isRefused(String why, Process process) throws Exception {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), why);
        assertEquals(1, process.exitValue(), this::errOrNothing);
        assertEquals("", said);
        assertEquals(1, err().lines().count(), err());
        assertTrue(err().contains(why), err());
    }

    private String errOrNothing() {
        try {
            return err();
        } catch (IOException e) {
            return "";
        }
    }

    private String shell(String script) throws Exception {
        List<String> command = new ArrayList<>(inside);
        command.addAll(List.of("sh", "-c", script));
        Process process = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectErrorStream(true)
                .start();
        started.add(process);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS), script);
        return said.strip();
    }

    @Test
    void mountsWritesAndUnmounts() throws Exception {
        String at = mountPoint().toString();
        Process daemon = start("/usr/bin:/bin", "mount", at, "--server", server, "--foreground");
        String line = daemon.inputReader(StandardCharsets.UTF_8).readLine();
        assertTrue(line != null && line.contains("mounted at"), err());
        assertEquals(
                "hello 1000",
                shell("echo hello >" + at + "/f; cat " + at + "/f | tr '\\n' ' '; stat -c %u " + at + "/f"));
        assertEquals("hello\n", Files.readString(directory.resolve("roots/f")));
        assertTrue(run("status", at, "--json").contains("\"namesLent\""));

        isRefused("is already mounted, with spritefs", start("/usr/bin:/bin", "mount", at, "--server", server));
        String _ = run("umount", at);
        assertTrue(daemon.waitFor(SECONDS_MAX, TimeUnit.SECONDS));
        assertEquals("", shell("grep fuse.spritefs /proc/self/mountinfo | grep " + at));
    }

    @Test
    void hearsWhyItCannotBe() throws Exception {
        String at = mountPoint().toString();
        isRefused(
                "fusermount3 cannot be started: No such file or directory; install it",
                start("/nowhere", "mount", at, "--server", server, "--foreground"));
        Path roots = Files.createDirectory(directory.resolve("of-root"));
        Files.setPosixFilePermissions(roots, PosixFilePermissions.fromString("rwxr-xr-x"));
        isRefused(
                "user has no write access to mountpoint " + roots,
                start("/usr/bin:/bin", "mount", roots.toString(), "--server", server, "--foreground"));
        assertEquals("", shell("grep fuse.spritefs /proc/self/mountinfo | grep -e " + at + " -e " + roots));
    }
}
