package sprite.client.file;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that looks for something now and then, such as old dirty data, as Sprite's did. Thread-safe. */
final class Scanner implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Scanner.class);

    private final ScheduledExecutorService thread;

    /** Scans every {@code interval}; never if that is zero. */
    Scanner(String name, Duration interval, Runnable scan) {
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name(name).daemon().factory());
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
            log.error("a scan: a bug", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
