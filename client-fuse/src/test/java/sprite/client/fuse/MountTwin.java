package sprite.client.fuse;

import java.nio.file.Path;
import java.time.Duration;
import sprite.client.fuse.jnr.JnrDriver;

/** Mounts the twin by hand, for measurements: {@code MountTwin MOUNTPOINT}; ends when it is unmounted. */
final class MountTwin {
    private MountTwin() {}

    public static void main(String[] arguments) throws Exception {
        var driver = new JnrDriver();
        driver.mount(Path.of(arguments[0]), new MemoryFileSystem(), new MountOptions("spritefs:twin", false, true));
        if (!driver.awaitUnmount(Duration.ofDays(1))) {
            throw new IllegalStateException("still mounted after a day");
        }
    }
}
