package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.FileSystem;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Kernel;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;
import sprite.client.fuse.WaitingCall;

/** A mount through libfuse 2.9, with nothing cached by the kernel. Thread-safe: fields guarded by {@code lock}. */
public final class JnrDriver implements Driver {
    /** The driver's name on the command line. */
    public static final String NAME = "jnr";

    /** How long the kernel may take to greet a new mount. */
    private static final Duration GREETING_MAX = Duration.ofSeconds(10);

    private static final Path DEVICE = Path.of("/dev/fuse");

    /** Guards the mount's state. Not held while waiting for its end. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable Mounted mounted;

    /** What there is while mounted. The arena holds what libfuse calls and is never closed: a mount ends with us. */
    private record Mounted(Path at, Workers workers) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void mount(Path mountPoint, FileSystem files, MountOptions options) throws MountException {
        if (!Files.isReadable(DEVICE) || !Files.isWritable(DEVICE)) {
            throw new MountException(DEVICE + " is missing or may not be used; load the kernel module with"
                    + " 'modprobe fuse', or give the container the device");
        }
        Path at = absolute(mountPoint);
        lock.lock();
        try {
            if (mounted != null) {
                throw new IllegalStateException("a driver mounts once");
            }
            var greeted = new CountDownLatch(1);
            Workers workers = start(load(), at, files, options, greeted);
            mounted = new Mounted(at, workers);
            if (!greeted.await(GREETING_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
                Kernel.unmount(at, true);
                throw new MountException("mounted " + at + ", but the kernel sent nothing; unmounted it again");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            Kernel.unmount(at, true);
            throw new MountException("interrupted while mounting " + at);
        } finally {
            lock.unlock();
        }
    }

    private static Path absolute(Path mountPoint) throws MountException {
        try {
            return mountPoint.toRealPath();
        } catch (IOException e) {
            throw new MountException("mount point " + mountPoint + " cannot be used: " + e.getMessage());
        }
    }

    private static Libfuse load() throws MountException {
        try {
            return LibraryLoader.create(Libfuse.class).failImmediately().load(Native.LIBRARY);
        } catch (UnsatisfiedLinkError e) {
            throw new MountException(
                    Native.LIBRARY + " cannot be loaded; install libfuse 2 (Debian: apt-get install libfuse2)");
        }
    }

    private static Workers start(Libfuse fuse, Path at, FileSystem files, MountOptions options, CountDownLatch greeted)
            throws MountException {
        Arena arena = Arena.global();
        List<String> words = List.of("spritefs", "-f", "-o", String.join(",", mountOptions(options)), at.toString());
        MemorySegment results = arena.allocate(2L * Long.BYTES, Long.BYTES);
        Pointer handle = fuse.fuse_setup(
                words.size(),
                pointer(vector(arena, words)),
                pointer(new Callbacks(files, arena, greeted).structure()),
                Callbacks.SIZE,
                pointer(results),
                pointer(results.asSlice(Long.BYTES)),
                pointer(MemorySegment.NULL));
        if (handle == null) {
            throw new MountException("libfuse could not mount " + at + "; its reason is in the line before");
        }
        Pointer session = fuse.fuse_get_session(handle);
        Pointer channel = fuse.fuse_session_next_chan(session, pointer(MemorySegment.NULL));
        var workers = new Workers(session.address(), channel.address());
        workers.start();
        return workers;
    }

    /** Nothing is cached by the kernel, and open(O_TRUNC) is one request. */
    private static List<String> mountOptions(MountOptions options) {
        var list = new ArrayList<>(List.of(
                "direct_io",
                "attr_timeout=0",
                "ac_attr_timeout=0",
                "entry_timeout=0",
                "negative_timeout=0",
                "use_ino",
                "big_writes",
                "max_write=131072",
                "max_read=131072",
                "atomic_o_trunc",
                "subtype=spritefs",
                "fsname=" + options.source(),
                options.readOnly() ? "ro" : "rw"));
        if (options.allowOther()) {
            list.add("allow_other");
        }
        if (options.kernelChecks()) {
            list.add("default_permissions");
        }
        if (isRoot()) {
            list.add("nonempty"); // fusermount3, which mounts for others, neither checks that nor knows the option
        }
        return List.copyOf(list);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** A {@code char **} that ends with null. */
    private static MemorySegment vector(Arena arena, List<String> words) {
        MemorySegment vector = arena.allocate(JAVA_LONG, words.size() + 1L);
        for (int i = 0; i < words.size(); i++) {
            vector.setAtIndex(JAVA_LONG, i, arena.allocateFrom(words.get(i)).address());
        }
        return vector;
    }

    private static Pointer pointer(MemorySegment memory) {
        return Pointer.wrap(Runtime.getSystemRuntime(), memory.address());
    }

    @Override
    public boolean unmount(boolean lazily) {
        Mounted mount = current();
        if (mount == null) {
            return true;
        }
        // umount(8) would look at the mount first, and wait for a server that is away.
        return isRoot() ? Native.unmount(mount.at(), lazily) : Kernel.unmount(mount.at(), lazily);
    }

    @Override
    public List<WaitingCall> waiting() {
        Mounted mount = current();
        return mount == null ? List.of() : mount.workers().waiting();
    }

    @Override
    public Map<String, Long> requests() {
        Mounted mount = current();
        return mount == null ? Map.of() : mount.workers().requests();
    }

    @Override
    public boolean awaitUnmount(Duration timeout) throws InterruptedException {
        Mounted mount = current();
        return mount == null || mount.workers().awaitEnd(timeout);
    }

    private @Nullable Mounted current() {
        lock.lock();
        try {
            return mounted;
        } finally {
            lock.unlock();
        }
    }
}
