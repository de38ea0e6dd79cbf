package sprite.client.file;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that looks for old dirty data every few seconds, as Sprite's did. Thread-safe. */
final class Scanner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scanner.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("write-back scan").daemon().factory());

    /** Scans every {@code interval}; never if that is zero. */
    Scanner(Duration interval, Runnable scan) {
        if (!interval.isZero()) {
            long nanos = interval.toNanos();
            var _ = thread.scheduleAtFixedRate(() -> guarded(scan), nanos, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** A bug in one scan must not end all scans. */
    private static void guarded(Runnable scan) {
        try {
            scan.run();
        } catch (RuntimeException e) {
            log.error("scan for old dirty data: a bug", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
