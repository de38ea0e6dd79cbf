package sprite.client.fuse.kernel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.box.Box;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Kernel;
import sprite.client.fuse.MountException;
import sprite.client.fuse.MountOptions;
import sprite.client.fuse.Terms;
import sprite.client.fuse.WaitingCall;
import sprite.common.error.FsException;
import sprite.common.wire.proto.FormerMount;
import sprite.common.wire.proto.Process;

/**
 * A mount without a library: requests are read from {@code /dev/fuse} and answered there. Thread-safe: fields guarded
 * by {@code lock}.
 */
public final class KernelDriver implements Driver {
    /** The driver's name on the command line. */
    public static final String NAME = "kernel";

    /** How long a daemon that has handed its mount over may take to end. */
    private static final Duration DAEMON_END = Duration.ofSeconds(20);

    private static final Logger log = LoggerFactory.getLogger(KernelDriver.class);

    /** Guards the mount's state. Not held while waiting for its end. */
    private final ReentrantLock lock = new ReentrantLock();

    private final boolean isRoot;
    private final Caching caching;

    private final Box box;

    @GuardedBy("lock")
    private @Nullable Mount mounted;

    /** Has the descriptor, too; null if nobody but this process has it. */
    @GuardedBy("lock")
    private @Nullable Process holder;

    private record Mount(Path at, Crew crew, Channel channel, Agreement agreement) {
        Negotiation agreed() {
            return agreement.agreed();
        }
    }

    public KernelDriver(Caching caching) {
        this(caching, Box.NONE, Libc.geteuid() == 0);
    }

    /** @param box where it is kept what another daemon must know if this one is killed */
    public KernelDriver(Caching caching, Box box) {
        this(caching, box, Libc.geteuid() == 0);
    }

    /** @param isRoot mount(2) and umount2(2) may be called; else fusermount3(1) does it */
    KernelDriver(Caching caching, Box box, boolean isRoot) {
        this.box = box;
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
            Agreement agreement = greet(channel, at, all.kernelChecks());
            Negotiation agreed = agreement.agreed();
            var nodes = new Nodes(files);
            Crew crew = crew(channel, files, nodes, new Notices(channel, nodes, agreed.mapsForWriting()), agreed);
            mounted = new Mount(at, crew, channel, agreement);
            hold(channel, agreed);
            crew.start();
        } finally {
            lock.unlock();
        }
        if (isRoot) {
            ReadAhead.raise(at);
        }
    }

    /** From now on the mount does not end with this process. */
    private void hold(Channel channel, Negotiation agreed) {
        if (!box.isKept()) {
            return;
        }
        if (!agreed.sendsAgain()) { // which has been told
            box.end();
            return;
        }
        lock.lock();
        try {
            Process held = Holder.startForLater(channel.descriptor());
            box.put(Box.Word.DESCRIPTOR, Spawn.INHERITED);
            box.put(Box.Word.MINOR, agreed.minor());
            box.put(Box.Word.READ_AHEAD, agreed.readAheadMax());
            box.put(Box.Word.FEATURES, agreed.features());
            box.putProcess(Box.Word.DAEMON, Holder.self());
            box.putProcess(Box.Word.HOLDER, held);
            box.complete();
            holder = held;
        } catch (MountException e) {
            log.warn("{}; this mount will end with its daemon", e.getMessage());
            box.end();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void ends(boolean left) {
        lock.lock();
        try {
            if (holder != null && !left) {
                Holder.end(holder);
            }
            box.end();
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

    private Crew crew(Channel channel, FileSystem files, Nodes nodes, Notices notices, Negotiation agreed) {
        if (caching != Caching.NOTHING) {
            files.lendTo(notices);
        }
        return new Crew(channel, files, nodes, Borrowing.of(files, caching, agreed), notices, box);
    }

    @Override
    public boolean pause(Duration patience) throws MountException, InterruptedException {
        Mount mount = current();
        if (mount == null || !mount.agreed().sendsAgain()) {
            throw new MountException(
                    "this kernel's FUSE does not let a mount change hands; Linux 6.9 or later is" + " needed");
        }
        if (caching == Caching.PAGES_TOO) {
            throw new MountException("with page_cache a mount cannot change hands yet; unmount it and mount it again");
        }
        return mount.crew().pause(patience);
    }

    @Override
    public void goOn() {
        Mount mount = current();
        if (mount != null) {
            mount.crew().goOn();
        }
    }

    @Override
    public FormerMount leave(ToLongFunction<Handle> numbers) throws MountException {
        Mount mount = current();
        if (mount == null) {
            throw new IllegalStateException("not mounted");
        }
        FormerMount.Builder left = FormerMount.newBuilder()
                .setDaemon(Holder.self())
                .setMinor(mount.agreed().minor())
                .setReadAheadMax(mount.agreed().readAheadMax())
                .setFeatures(mount.agreed().features())
                .setFd(Spawn.INHERITED);
        mount.crew().leave(left, numbers);
        lock.lock();
        try {
            Process held = holder == null ? Holder.start(mount.channel().descriptor()) : holder;
            holder = held; // to be ended if the mount cannot be left after all
            return left.setHolder(held).build();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void takeOver(Path mountPoint, Mounted files, FormerMount former) throws MountException {
        lock.lock();
        try {
            if (mounted != null) {
                throw new IllegalStateException("a driver mounts once");
            }
            if (!Holder.awaitEnd(former.getDaemon(), DAEMON_END)) {
                throw new MountException(
                        "the daemon before, process " + former.getDaemon().getPid() + ", does not end");
            }
            var channel = new Channel(Holder.take(former.getHolder(), former.getFd()));
            var agreed = new Negotiation(former.getMinor(), former.getReadAheadMax(), former.getFeatures());
            var nodes = new Nodes(files);
            var notices = new Notices(channel, nodes, agreed.mapsForWriting());
            Crew crew = crew(channel, files, nodes, notices, agreed);
            nodes.knowRoot();
            crew.inherit(former, files);
            var agreement = new Agreement(agreed, caching, caching != Caching.NOTHING || agreed.keepsAcls());
            agreement.tell();
            mounted = new Mount(mountPoint, crew, channel, agreement);
            hold(channel, agreed);
            notices.forgetAllNames();
            notices.askAgain(); // before anything is read: what is read already would be asked twice
            crew.start();
        } catch (FsException e) {
            throw new MountException("what the daemon before has left cannot be used: " + e.getMessage());
        } finally {
            lock.unlock();
        }
        Holder.end(former.getHolder());
    }

    private Agreement greet(Channel channel, Path at, boolean checks) throws MountException {
        try (Arena arena = Arena.ofConfined()) {
            try {
                Agreement agreement = Greeting.exchange(channel, caching, checks);
                Negotiation agreed = agreement.agreed();
                log.debug("{}: FUSE {}, features {}", at, agreed.version(), Long.toHexString(agreed.features()));
                return agreement;
            } catch (MountException e) {
                channel.close(new Libc.Errors(arena));
                var _ = unmount(at, true);
                throw e;
            }
        }
    }

    @Override
    public boolean unmount(boolean lazily) {
        Mount mount = current();
        return mount == null || unmount(mount.at(), lazily);
    }

    private boolean unmount(Path at, boolean lazily) {
        return isRoot ? MountCall.unmount(at, lazily) : Kernel.unmount(at, lazily);
    }

    @Override
    public List<WaitingCall> waiting() {
        Mount mount = current();
        return mount == null ? List.of() : mount.crew().waiting();
    }

    @Override
    public Terms terms() {
        Mount mount = current();
        return mount == null ? Terms.UNKNOWN : mount.agreement().terms();
    }

    @Override
    public Map<String, Long> requests() {
        Mount mount = current();
        return mount == null ? Map.of() : mount.crew().requests();
    }

    @Override
    public boolean awaitUnmount(Duration timeout) throws InterruptedException {
        Mount mount = current();
        return mount == null || mount.crew().awaitEnd(timeout);
    }

    private @Nullable Mount current() {
        lock.lock();
        try {
            return mounted;
        } finally {
            lock.unlock();
        }
    }
}
