package sprite.client.fuse;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;

/**
 * A daemon with nothing behind it, to measure what a driver itself costs: {@code NullDaemon MOUNTPOINT DRIVER}. Names
 * are those of the twin; reads are answered at once with whatever lies in the driver's memory, writes are forgotten.
 */
final class NullDaemon {
    private NullDaemon() {}

    /** Files without an end and without data. */
    private static final class Nothing extends MemoryFileSystem {
        @Override
        public int read(Handle handle, long offset, MemorySegment into, Caller caller) {
            return Math.toIntExact(into.byteSize());
        }

        @Override
        public void write(Handle handle, long offset, MemorySegment data, boolean append, Caller caller) {}
    }

    public static void main(String[] arguments) throws Exception {
        Driver driver = Drivers.make(arguments[1]);
        driver.mount(Path.of(arguments[0]), new Nothing(), new MountOptions("spritefs:null", false, true, false));
        System.out.println("mounted");
        while (!driver.awaitUnmount(Duration.ofHours(1))) {
            // still in use
        }
        System.exit(0);
    }
}
