package sprite.client.control;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fs.Deadline;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;
import sprite.client.fuse.Kernel;
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

    /** By force a mount is taken away and ends in this time, whatever the servers do. */
    private static final Duration FORCED_MAX = Duration.ofSeconds(2);

    /** The part of that in which data is written back while programs go on. */
    private static final Duration FORCED_BEFORE = Duration.ofSeconds(1);

    /** At SIGTERM data is written back for so long if it goes on arriving. */
    private static final Duration SHUTDOWN_MAX = Duration.ofSeconds(20);

    /** How long a mount that was taken away may take to end. */
    private static final Duration REST_MAX = FORCED_MAX.minus(FORCED_BEFORE);

    /** How often it is tried again to bring home what is left when the mount has gone, if nobody waits for the end. */
    private static final int LAST_TRIES = 30;

    private static final Duration LAST_PATIENCE = Duration.ofSeconds(2);

    /** How long programs that use a mount may go on after it was taken away by force. */
    private static final Duration LINGER_MAX = Duration.ofMillis(400);

    /** How long the workers of a mount that nobody uses any more may take to end. */
    private static final Duration END_MAX = Duration.ofSeconds(3);

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final Path mountPoint;
    private final Driver driver;
    private final Mounted files;
    private final Instant since;
    private final AtomicBoolean ending = new AtomicBoolean();

    /** Somebody waits for the end, perhaps a machine that shuts down. Set before {@code end} is brought forward. */
    private final AtomicBoolean hurried = new AtomicBoolean();

    /** By when what was written is home, or is kept in local files. */
    private final Deadline end = Deadline.never();

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
        return force ? stopBy(FORCED_MAX, FORCED_BEFORE, REST_MAX) : stopped(this::stopInOrder);
    }

    /** SIGTERM: ends in any case, within seconds if nothing arrives at the servers. */
    public StopAnswer shutDown() {
        return stopBy(SHUTDOWN_MAX, SHUTDOWN_MAX, SHUTDOWN_MAX);
    }

    private StopAnswer stopBy(Duration most, Duration before, Duration after) {
        hurried.set(true);
        end.bringForward(most);
        Deadline first = Deadline.in(before);
        return stopped(() -> stopNow(first, after));
    }

    private StopAnswer stopped(Supplier<StopAnswer> stop) {
        stops.readLock().lock(); // a hand-over takes seconds
        try {
            if (left) {
                return new StopAnswer(false, pid(), "another daemon takes it over", List.of());
            }
            return over.isDone() ? gone() : stop.get();
        } finally {
            stops.readLock().unlock();
        }
    }

    private StopAnswer gone() {
        return new StopAnswer(true, pid(), "", over.join());
    }

    private StopAnswer stopInOrder() {
        List<String> unwritten = files.writeBackEverything(PATIENCE, end);
        if (!unwritten.isEmpty() && !hurried.get()) {
            return new StopAnswer(false, pid(), "some data cannot be written back", unwritten);
        }
        if (!driver.unmount(false) && !hurried.get()) {
            return new StopAnswer(false, pid(), "a program uses it", List.of());
        }
        awaitUsers(END_MAX);
        return gone();
    }

    private StopAnswer stopNow(Deadline first, Duration rest) {
        var _ = files.writeBackEverything(FORCED_PATIENCE, first);
        if (!unmount(false)) {
            log.warn("{} is in use; taking it away", mountPoint);
            var _ = unmount(true);
        }
        end.bringForward(rest);
        awaitUsers(end.left(LINGER_MAX));
        return gone();
    }

    /**
     * As {@link Driver#unmount}, but not for long: where the mount is gone the kernel may want to bring home what was
     * stored into pages before it says so, and there may be no room for that.
     */
    private boolean unmount(boolean lazily) {
        var gone = new CompletableFuture<Boolean>();
        Thread.ofPlatform().daemon().name("unmount").start(() -> gone.complete(driver.unmount(lazily)));
        try {
            return gone.get(LINGER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return isGone();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return isGone();
        }
    }

    private boolean isGone() {
        try {
            return Kernel.mountAt(mountPoint).filter(Kernel.Mount::isSpritefs).isEmpty();
        } catch (IOException e) {
            return false;
        }
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
            var _ = files.writeBackEverything(PATIENCE, end); // most of it, while programs go on and write more
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
        if (!driver.pause(end.left(PATIENCE))) {
            return refusal("a call of a program takes long; 'spritefs status " + mountPoint + "' tells which");
        }
        boolean ours = false;
        try {
            List<String> unwritten = files.writeBackEverything(PATIENCE, end);
            if (!unwritten.isEmpty()) {
                return refusal(unwritten.getFirst());
            }
            if (!files.areAllReleased(end.left(PATIENCE))) {
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
                List<String> stored = files.takeBackPages(end);
                List<String> unwritten = files.writeBackEverything(LAST_PATIENCE, end);
                for (int tries = 1; !unwritten.isEmpty() && !hurried.get() && tries < LAST_TRIES; tries++) {
                    unwritten = files.writeBackEverything(LAST_PATIENCE, end);
                }
                kept = Stream.concat(stored.stream(), files.keepUnwritten().stream())
                        .toList();
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
