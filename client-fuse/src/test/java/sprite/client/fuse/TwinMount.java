package sprite.client.fuse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A real mount of the twin under target, gone when the test is. Confined to the test. */
public final class TwinMount implements AutoCloseable {
    private static final Duration END_MAX = Duration.ofSeconds(10);

    /** What is mounted: reach around the mount with it, as another host would. */
    public final MemoryFileSystem files;

    /** Where. */
    public final Path root;

    private final Driver driver;

    public TwinMount(Driver driver) throws IOException, MountException {
        this(driver, new MemoryFileSystem());
    }

    public TwinMount(Driver driver, MemoryFileSystem files) throws IOException, MountException {
        this.driver = driver;
        this.files = files;
        root = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "mnt-");
        driver.mount(root, files, new MountOptions("spritefs:twin", false, true, false));
    }

    /** A file in it. */
    public Path at(String name) {
        return root.resolve(name);
    }

    /** How many requests have come, by kind. */
    public Map<String, Long> requests() {
        return driver.requests();
    }

    /** Ends the mount, unless a program uses it. */
    public boolean unmount() {
        return driver.unmount(false);
    }

    @Override
    public void close() throws IOException {
        if (!driver.unmount(false)) {
            driver.unmount(true);
        }
        try {
            if (!driver.awaitUnmount(END_MAX)) {
                throw new IOException("the mount at " + root + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        Files.delete(root);
    }
}
