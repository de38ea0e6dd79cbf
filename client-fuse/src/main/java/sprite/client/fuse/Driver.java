package sprite.client.fuse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import sprite.client.fs.FileSystem;

/** One mount of one file system into the kernel's name space. Used once: mounted, then unmounted. Thread-safe. */
public interface Driver {
    /** Name for people and for {@code --driver}. */
    String name();

    /**
     * Mounts and returns when the mount answers. Requests are served on the driver's own threads from then on.
     *
     * @param mountPoint an existing directory
     */
    void mount(Path mountPoint, FileSystem files, MountOptions options) throws MountException;

    /**
     * Takes the mount out of the kernel's name space. Returns false, having done nothing, if a program still uses it
     * and {@code lazily} is false. Lazily, it disappears at once and ends when the last program leaves it.
     */
    boolean unmount(boolean lazily);

    /** Calls of programs that have waited for a while, the longest first. */
    default List<WaitingCall> waiting() {
        return List.of();
    }

    /** Waits until the mount has ended, whoever ended it; false if the time ran out first. */
    boolean awaitUnmount(Duration timeout) throws InterruptedException;
}
