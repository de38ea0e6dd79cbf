package sprite.server.control;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How long a server waits for somebody to read a dump: what changes meanwhile takes space for as long. Thread-safe: its
 * fields are volatile.
 */
final class Patience {
    private static final Logger log = LoggerFactory.getLogger(Patience.class);

    /** Without reading anything. */
    private static final long MOST_NANOS = Duration.ofMinutes(10).toNanos();

    /** To hear that the dump has failed. */
    private static final long LAST_NANOS = Duration.ofSeconds(5).toNanos();

    private static final long LOOK_NANOS = Duration.ofMillis(200).toNanos();

    private final SocketChannel reader;
    private final Thread thread;
    private volatile long until = System.nanoTime() + MOST_NANOS;
    private volatile boolean ending;
    private volatile boolean over;

    private Patience(SocketChannel reader) {
        this.reader = reader;
        this.thread = Thread.ofVirtual().name("patience with a dump's reader").unstarted(this::watch);
    }

    static Patience with(SocketChannel reader) {
        Patience patience = new Patience(reader);
        patience.thread.start();
        return patience;
    }

    /** Something was read. */
    void renew() {
        if (!ending) {
            until = System.nanoTime() + MOST_NANOS;
        }
    }

    /** There is nothing more to read but why that is. Does not wait. */
    void end() {
        if (!ending) {
            ending = true;
            until = System.nanoTime() + LAST_NANOS;
        }
    }

    private void watch() {
        while (!over && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (!over) {
            try {
                reader.close(); // which ends the write that waits
            } catch (IOException e) {
                log.warn("breaking a dump off: {}", e.getMessage());
            }
        }
    }

    /** All was read, or nobody reads any more. */
    void close() {
        over = true;
        LockSupport.unpark(thread);
    }
}
