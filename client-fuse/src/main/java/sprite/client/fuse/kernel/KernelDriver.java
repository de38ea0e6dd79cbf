package sprite.client.fuse.kernel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fs.FileSystem;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Kernel;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;
import sprite.client.fuse.WaitingCall;

/**
 * A mount without a library: requests are read from {@code /dev/fuse} and answered there. Thread-safe: fields guarded
 * by {@code lock}.
 */
public final class KernelDriver implements Driver {
    /** The driver's name on the command line. */
    public static final String NAME = "kernel";

    private static final Logger log = LoggerFactory.getLogger(KernelDriver.class);

    /** Guards the mount's state. Not held while waiting for its end. */
    private final ReentrantLock lock = new ReentrantLock();

    private final boolean isRoot;
    private final Caching caching;

    @GuardedBy("lock")
    private @Nullable Mounted mounted;

    private record Mounted(Path at, Crew crew) {}

    public KernelDriver(Caching caching) {
        this(caching, Libc.geteuid() == 0);
    }

    /** @param isRoot mount(2) and umount2(2) may be called; else fusermount3(1) does it */
    KernelDriver(Caching caching, boolean isRoot) {
        this.caching = caching;
        this.isRoot = isRoot;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void mount(Path mountPoint, FileSystem files, MountOptions options) throws MountException {
        Path at = absolute(mountPoint);
        lock.lock();
        try {
            if (mounted != null) {
                throw new IllegalStateException("a driver mounts once");
            }
            // Who keeps names walks through directories without asking, and so has to check.
            MountOptions all = caching == Caching.NOTHING ? options : options.withKernelChecks();
            var channel = new Channel(isRoot ? MountCall.mount(at, all) : Fusermount.mount(at, all));
            Crew crew = crew(channel, files, greet(channel, at, all.kernelChecks()));
            mounted = new Mounted(at, crew);
            crew.start();
        } finally {
            lock.unlock();
        }
        if (isRoot) {
            ReadAhead.raise(at);
        }
    }

    private static Path absolute(Path mountPoint) throws MountException {
        try {
            return mountPoint.toRealPath();
        } catch (IOException e) {
            throw new MountException("mount point " + mountPoint + " cannot be used: " + e.getMessage());
        }
    }

    private Crew crew(Channel channel, FileSystem files, Negotiation agreed) {
        var nodes = new Nodes(files);
        var notices = new Notices(channel, nodes);
        if (caching != Caching.NOTHING) {
            files.lendTo(notices);
        }
        return new Crew(channel, files, nodes, Borrowing.of(files, caching, agreed), notices);
    }

    private Negotiation greet(Channel channel, Path at, boolean checks) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            try {
                Negotiation agreed = Greeting.exchange(channel, caching, checks);
                log.debug("{}: FUSE 7.{}, features {}", at, agreed.minor(), Long.toHexString(agreed.features()));
                return agreed;
            } catch (MountException e) {
                channel.close(new Libc.Errors(arena));
                var _ = unmount(at, true);
                throw e;
            }
        }
    }

    @Override
    public boolean unmount(boolean lazily) {
        Mounted mount = current();
        return mount == null || unmount(mount.at(), lazily);
    }

    private boolean unmount(Path at, boolean lazily) {
        return isRoot ? MountCall.unmount(at, lazily) : Kernel.unmount(at, lazily);
    }

    @Override
    public List<WaitingCall> waiting() {
        Mounted mount = current();
        return mount == null ? List.of() : mount.crew().waiting();
    }

    @Override
    public boolean awaitUnmount(Duration timeout) throws InterruptedException {
        Mounted mount = current();
        return mount == null || mount.crew().awaitEnd(timeout);
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
