package sprite.client.control;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.MountException;
import sprite.client.fuse.Terms;
import sprite.client.fuse.WaitingCall;
import sprite.common.wire.proto.FormerMount;
import sprite.common.wire.proto.RecoveryBox;

/**
 * A mount while it lasts. However it ends (a command, a signal, umount(8)), everything is written back before the
 * process ends, or kept and told of; whatever the servers do, that takes seconds. Thread-safe: {@code over} decides
 * once.
 */
public final class MountDaemon implements Controlled {
    private static final Logger log = LoggerFactory.getLogger(MountDaemon.class);

    /** How long nothing may get home to a server that is away before an unmount is refused. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    /** The same if the mount ends in any case. */
    private static final Duration FORCED_PATIENCE = Duration.ofSeconds(1);

    /** How often it is tried again to bring home what is left when the mount has gone, if nobody waits for the end. */
    private static final int LAST_TRIES = 30;

    private static final Duration LAST_PATIENCE = Duration.ofSeconds(2);

    /** How long programs that use a mount may go on after it was taken away by force. */
    private static final Duration LINGER_MAX = Duration.ofSeconds(1);

    /** How long the workers of a mount that nobody uses any more may take to end. */
    private static final Duration END_MAX = Duration.ofSeconds(3);

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final Path mountPoint;
    private final Driver driver;
    private final Mounted files;
    private final Instant since;
    private final AtomicBoolean ending = new AtomicBoolean();

    /** Somebody waits for the end, perhaps a machine that shuts down. */
    private final AtomicBoolean hurried = new AtomicBoolean();

    private final CompletableFuture<List<String>> over = new CompletableFuture<>();

    /** Stops hold it shared, and a hand-over alone. Above all other locks. */
    private final ReentrantReadWriteLock stops = new ReentrantReadWriteLock();

    /** Another daemon takes the mount over. Written while {@code stops} is held alone. */
    private volatile boolean left;

    private final List<String> arguments;

    /** @param arguments of the command that starts another daemon in this one's place */
    public MountDaemon(Path mountPoint, Driver driver, Mounted files, Instant since, List<String> arguments) {
        this.arguments = List.copyOf(arguments);
        this.mountPoint = mountPoint;
        this.driver = driver;
        this.files = files;
        this.since = since;
    }

    /**
     * The mount's {@code status --json}. Immutable.
     *
     * @param pid of the daemon
     * @param fuse what driver and kernel have agreed upon
     * @param since when it was mounted, ISO 8601
     * @param requests that the kernel has sent to this daemon, by kind
     * @param waiting calls of programs that have not been answered for a while, the longest first
     */
    public record Status(
            long pid,
            String mountPoint,
            String driver,
            Terms fuse,
            String since,
            long uptimeSeconds,
            Map<String, Long> requests,
            List<WaitingCall> waiting,
            @JsonUnwrapped Object files) {}

    @Override
    public Object status() {
        return new Status(
                pid(),
                mountPoint.toString(),
                driver.name(),
                driver.terms(),
                since.toString(),
                Duration.between(since, Instant.now()).toSeconds(),
                driver.requests(),
                driver.waiting(),
                files.status());
    }

    /** Waits for the mount's end, by whatever cause; returns the lines about data that could not be written back. */
    public List<String> awaitEnd() {
        Thread.ofVirtual().name("unmounted").start(() -> awaitUsers(FOR_EVER)); // umount(8) asks nobody
        return over.join();
    }

    @Override
    public StopAnswer stop(boolean force) {
        hurried.compareAndSet(false, force);
        stops.readLock().lock(); // a hand-over takes seconds
        try {
            return left ? new StopAnswer(false, pid(), "another daemon takes it over", List.of()) : stopNow(force);
        } finally {
            stops.readLock().unlock();
        }
    }

    private StopAnswer stopNow(boolean force) {
        if (over.isDone()) {
            return new StopAnswer(true, pid(), "", over.join());
        }
        List<String> unwritten = files.writeBackEverything(force ? FORCED_PATIENCE : PATIENCE);
        if (!unwritten.isEmpty() && !force) {
            return new StopAnswer(false, pid(), "some data cannot be written back", unwritten);
        }
        if (!driver.unmount(false)) {
            if (!force) {
                return new StopAnswer(false, pid(), "a program uses it", List.of());
            }
            log.warn("{} is in use; taking it away", mountPoint);
            driver.unmount(true);
        }
        awaitUsers(force ? LINGER_MAX : END_MAX);
        return new StopAnswer(true, pid(), "", over.join());
    }

    @Override
    public List<String> arguments() {
        return arguments;
    }

    @Override
    public HandOverAnswer handOver() {
        if (!stops.writeLock().tryLock()) {
            return refusal("it is being unmounted");
        }
        try {
            if (left || over.isDone()) {
                return refusal("it has ended");
            }
            var _ = files.writeBackEverything(PATIENCE); // most of it, while programs go on and write more
            return pauseAndLeave();
        } catch (MountException e) {
            return refusal(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return refusal("it was interrupted");
        } finally {
            stops.writeLock().unlock();
        }
    }

    private HandOverAnswer pauseAndLeave() throws MountException, InterruptedException {
        if (!driver.pause(PATIENCE)) {
            return refusal("a call of a program takes long; 'spritefs status " + mountPoint + "' tells which");
        }
        boolean ours = false;
        try {
            List<String> unwritten = files.writeBackEverything(PATIENCE);
            if (!unwritten.isEmpty()) {
                return refusal(unwritten.getFirst());
            }
            if (!files.areAllReleased(PATIENCE)) {
                return refusal("files that programs have closed are still open at a server");
            }
            if (!files.areServersHere()) {
                return refusal("a server is away, or has just come back");
            }
            ours = ending.compareAndSet(false, true);
            return ours ? leave() : refusal("it is being unmounted");
        } finally {
            if (!left) {
                driver.goOn();
                if (ours) {
                    ending.set(false);
                }
            }
        }
    }

    private HandOverAnswer leave() throws MountException {
        FormerMount mount = driver.leave(files::numberOf);
        left = true; // nobody goes on here
        try {
            var content = RecoveryBox.newBuilder().setMount(mount).setSpace(files.leave());
            driver.ends(true); // first: if this daemon were killed now, two could take over, each in its way
            RecoveryBoxes.leave(mountPoint, content);
            log.info("{} is left to another daemon", mountPoint);
            return new HandOverAnswer(true, pid(), "");
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            log.error("{} cannot be left to another daemon, and ends", mountPoint, e);
            driver.unmount(true);
            driver.ends(false);
            return refusal("its state cannot be kept (" + e.getMessage() + "); it has ended, nothing is lost");
        } finally {
            over.complete(List.of());
        }
    }

    private static HandOverAnswer refusal(String why) {
        return new HandOverAnswer(false, pid(), why);
    }

    /** Ends when the last program has left the mount, or the time is over. */
    private void awaitUsers(Duration timeout) {
        try {
            if (!driver.awaitUnmount(timeout)) {
                log.warn("{}: not all requests are answered; ending all the same", mountPoint);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end();
    }

    /** What programs wrote until the very end is written back too, or kept. */
    private void end() {
        if (ending.compareAndSet(false, true)) {
            List<String> kept = List.of("not everything may have been written back: the daemon failed at its end");
            try {
                files.takeBackPages();
                List<String> unwritten = files.writeBackEverything(hurried.get() ? FORCED_PATIENCE : LAST_PATIENCE);
                for (int tries = 1; !unwritten.isEmpty() && !hurried.get() && tries < LAST_TRIES; tries++) {
                    unwritten = files.writeBackEverything(LAST_PATIENCE);
                }
                kept = files.keepUnwritten();
                for (String line : kept) {
                    log.error("{}: {}", mountPoint, line);
                }
                files.close();
            } finally {
                try {
                    driver.ends(false);
                } finally {
                    over.complete(kept); // whatever went wrong, nobody waits for ever
                }
            }
        }
    }

    private static long pid() {
        return ProcessHandle.current().pid();
    }
}
