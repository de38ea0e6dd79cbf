package sprite.client.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sprite.client.cli.MountHarness;
import sprite.client.fuse.jnr.JnrDriver;

/**
 * Two servers, for {@code /} and for {@code /projects}, and two mounts on different drivers, each in a JVM of its own.
 * Confined to the test's thread.
 */
final class TwoMounts implements AutoCloseable {
    /** Below it lie the domains, the mounts and the logs; everybody may pass through it. */
    final Path directory;

    private final MountHarness harness;
    private final int rootPort = MountHarness.freePort();
    private final int projectsPort = MountHarness.freePort();
    private final Path rootDomain;

    private TwoMounts(Path directory, Path rootDomain) throws IOException {
        this.directory = directory;
        this.rootDomain = rootDomain;
        this.harness = new MountHarness(directory);
    }

    static TwoMounts start() throws IOException, InterruptedException {
        Path directory = emptyDirectory();
        return start(directory, Files.createDirectory(directory.resolve("root")));
    }

    /** With the domain of {@code /} in a directory that may lie on a file system of its own. */
    static TwoMounts start(Path directory, Path rootDomain) throws IOException, InterruptedException {
        var mounts = new TwoMounts(directory, rootDomain);
        try {
            mounts.startRoot();
            mounts.startProjects();
            mounts.harness.spritefs("prefix", "add", "/projects", "--server", mounts.rootServer());
            mounts.mount("a");
            mounts.mount("b");
        } catch (IOException | InterruptedException e) {
            mounts.close();
            throw e;
        }
        return mounts;
    }

    /** A new one that users other than this one can pass through. */
    static Path emptyDirectory() throws IOException {
        Path directory = Files.createTempDirectory("spritefs-");
        return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    void startRoot() throws IOException, InterruptedException {
        var _ = harness.server(
                "root-server",
                "--domain",
                "/=" + rootDomain,
                "--listen",
                rootServer(),
                "--peer",
                "127.0.0.1:" + projectsPort);
    }

    private void startProjects() throws IOException, InterruptedException {
        Path domain = Files.createDirectories(directory.resolve("projects"));
        var _ = harness.server(
                "projects-server",
                "--domain",
                "/projects=" + domain,
                "--listen",
                "127.0.0.1:" + projectsPort,
                "--peer",
                rootServer());
    }

    /**
     * Mounts as the host of that name, or does so again. Unless a test run is for one driver ({@code -Ddriver}), B has
     * the one that speaks with the kernel itself and lets it remember all it can, and A the other.
     */
    void mount(String host, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(Arrays.asList(options));
        if (System.getProperty("driver") == null && host.equals("a")) {
            all.addAll(List.of("--driver", JnrDriver.NAME));
        } else if (System.getProperty("driver") == null && host.equals("b")) {
            all.addAll(List.of("-o", "page_cache"));
        }
        var _ = harness.mount(host, rootServer(), all.toArray(String[]::new));
    }

    /** Where a host, {@code a} or {@code b}, has its mount. */
    Path at(String host) {
        return directory.resolve(host);
    }

    String rootServer() {
        return "127.0.0.1:" + rootPort;
    }

    int rootPort() {
        return rootPort;
    }

    MountHarness processes() {
        return harness;
    }

    /** {@code cache.NAME} of a host's status. */
    long cacheCounter(String host, String name) throws IOException, InterruptedException {
        return status(host).path("cache").path(name).asLong(-1);
    }

    private JsonNode status(String host) throws IOException, InterruptedException {
        return new ObjectMapper().readTree(harness.spritefs("status", at(host).toString(), "--json"));
    }

    @Override
    public void close() throws IOException {
        harness.close();
        try (var everything = Files.walk(directory)) {
            for (Path path : everything.sorted((x, y) -> y.compareTo(x)).toList()) {
                Files.delete(path);
            }
        }
    }
}
