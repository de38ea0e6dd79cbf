package sprite.client.control;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fs.Mounted;
import sprite.client.fuse.Driver;

/**
 * A mount while it lasts. However it ends (a command, a signal, umount(8)), everything is written back before the
 * process ends, or it is said what could not be. Thread-safe: {@code over} decides once.
 */
public final class MountDaemon implements Controlled {
    private static final Logger log = LoggerFactory.getLogger(MountDaemon.class);

    /** How long writing everything back may take before it is given up; one message may wait that long for a server. */
    private static final Duration WRITE_BACK_MAX = Duration.ofSeconds(60);

    /** How long programs that use a mount may go on after it was taken away by force. */
    private static final Duration LINGER_MAX = Duration.ofSeconds(2);

    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    private final Path mountPoint;
    private final Driver driver;
    private final Mounted files;
    private final Instant since;
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CompletableFuture<List<String>> over = new CompletableFuture<>();

    public MountDaemon(Path mountPoint, Driver driver, Mounted files, Instant since) {
        this.mountPoint = mountPoint;
        this.driver = driver;
        this.files = files;
        this.since = since;
    }

    /**
     * The mount's {@code status --json}. Immutable.
     *
     * @param pid of the daemon
     * @param since when it was mounted, ISO 8601
     */
    public record Status(
            long pid,
            String mountPoint,
            String driver,
            String since,
            long uptimeSeconds,
            @JsonUnwrapped Object files) {}

    @Override
    public Object status() {
        return new Status(
                pid(),
                mountPoint.toString(),
                driver.name(),
                since.toString(),
                Duration.between(since, Instant.now()).toSeconds(),
                files.status());
    }

    /** Waits for the mount's end, by whatever cause; returns the lines about data that could not be written back. */
    public List<String> awaitEnd() {
        Thread.ofVirtual().name("unmounted").start(() -> awaitUsers(FOR_EVER)); // umount(8) asks nobody
        return over.join();
    }

    @Override
    public StopAnswer stop(boolean force) {
        List<String> unwritten = files.writeBackEverything(WRITE_BACK_MAX);
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
        awaitUsers(force ? LINGER_MAX : FOR_EVER);
        return new StopAnswer(true, pid(), "", over.join());
    }

    /** Ends when the last program has left the mount, or the time is over. */
    private void awaitUsers(Duration timeout) {
        try {
            if (!driver.awaitUnmount(timeout)) {
                log.warn("{} is still in use; ending all the same", mountPoint);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        end();
    }

    /** What programs wrote until the very end is written back too. */
    private void end() {
        if (ending.compareAndSet(false, true)) {
            List<String> unwritten = files.writeBackEverything(WRITE_BACK_MAX);
            for (String line : unwritten) {
                log.error("{}: {}", mountPoint, line);
            }
            files.close();
            over.complete(unwritten);
        }
    }

    private static long pid() {
        return ProcessHandle.current().pid();
    }
}
