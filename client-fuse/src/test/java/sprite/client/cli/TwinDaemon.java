package sprite.client.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import sprite.client.control.ControlServer;
import sprite.client.control.MountDaemon;
import sprite.client.fs.Deadline;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Drivers;
import sprite.client.fuse.MemoryFileSystem;
import sprite.client.fuse.MountOptions;
import sprite.common.wire.proto.FormerSpace;

/**
 * A daemon that mounts the twin: {@code TwinDaemon MOUNTPOINT [UNWRITTEN]}. With a second argument it says that it
 * could not write back what that names. Also for measuring the driver by hand.
 */
final class TwinDaemon {
    private TwinDaemon() {}

    /** The twin with nothing behind it. */
    private static final class Twin extends MemoryFileSystem implements Mounted {
        private final List<String> unwritten;

        Twin(List<String> unwritten) {
            this.unwritten = unwritten;
        }

        @Override
        public List<String> writeBackEverything(Duration patience, Deadline end) {
            return unwritten;
        }

        @Override
        public List<String> keepUnwritten() {
            return unwritten;
        }

        @Override
        public List<String> takeBackPages(Deadline end) {
            return List.of();
        }

        @Override
        public boolean areAllReleased(Duration patience) {
            return true;
        }

        @Override
        public boolean areServersHere() {
            return true;
        }

        @Override
        public FormerSpace leave() {
            throw new UnsupportedOperationException("the twin is not handed over");
        }

        @Override
        public void goOn() {
            throw new UnsupportedOperationException("the twin is not handed over");
        }

        @Override
        public long numberOf(Handle handle) {
            throw new UnsupportedOperationException("the twin is not handed over");
        }

        @Override
        public Handle inherited(long number) {
            throw new UnsupportedOperationException("the twin is not handed over");
        }

        @Override
        public Object status() {
            return new Cache(new Counts(3, 1));
        }

        @Override
        public void close() {}
    }

    /** Looks like a cache in the status. */
    record Cache(Counts cache) {}

    /** Three of four. */
    record Counts(long hits, long misses) {}

    public static void main(String[] arguments) throws Exception {
        Path mountPoint = Path.of(arguments[0]);
        var files = new Twin(List.of(arguments).subList(1, arguments.length));
        var driver = Drivers.make(Drivers.chosen());
        driver.mount(mountPoint, files, new MountOptions("spritefs:twin", false, true, false));
        var daemon = new MountDaemon(mountPoint, driver, files, Instant.now(), List.of());
        int status;
        try (var _ = ControlServer.listen(mountPoint, daemon)) {
            System.out.println("mounted");
            status = daemon.awaitEnd().isEmpty() ? 0 : 1;
        }
        System.exit(status);
    }
}
