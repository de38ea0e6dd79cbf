package sprite.client.fuse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.common.wire.proto.FormerMount;

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

    /**
     * Carries nothing more out, and returns true when no program is being served; false, and all goes on, if a call
     * takes longer than {@code patience}. Programs wait until {@link #goOn}, or for the daemon that takes over.
     *
     * @throws MountException if this mount cannot change hands
     */
    default boolean pause(Duration patience) throws MountException, InterruptedException {
        throw new MountException("--driver " + name() + " cannot hand a mount over; unmount it and mount it again");
    }

    /** Ends a pause, on the thread that began it. */
    default void goOn() {}

    /**
     * During a pause: makes a process of its own hold the mount until another daemon takes it over, for a minute at
     * most. What that one has to know.
     *
     * @param numbers of handles
     */
    default FormerMount leave(ToLongFunction<Handle> numbers) throws MountException {
        throw new MountException("--driver " + name() + " cannot hand a mount over");
    }

    /** In place of {@link #mount}: takes over what another daemon has {@link #leave left}, which has ended. */
    default void takeOver(Path mountPoint, Mounted files, FormerMount former) throws MountException {
        throw new MountException("--driver " + name() + " cannot take a mount over");
    }

    /**
     * The daemon ends. What would hold the mount if it were killed is told so.
     *
     * @param left another daemon takes it over
     */
    default void ends(boolean left) {}

    /** Calls of programs that have waited for a while, the longest first. */
    default List<WaitingCall> waiting() {
        return List.of();
    }

    /** What it and the kernel have agreed upon. */
    default Terms terms() {
        return Terms.UNKNOWN;
    }

    /** How many requests of each kind the kernel has sent since this daemon serves the mount. */
    default Map<String, Long> requests() {
        return Map.of();
    }

    /** Waits until the mount has ended, whoever ended it; false if the time ran out first. */
    boolean awaitUnmount(Duration timeout) throws InterruptedException;
}
