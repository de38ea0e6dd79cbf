package sprite.client.session;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * Since when a server has not answered though it was asked, and who may go on waiting for it. It is asked for a sign of
 * life by keep-alives; whatever it sends is one. Thread-safe: volatile and atomic numbers, which may be a little late.
 */
final class Silence {
    /** Who waits asks for a sign of life when there was none for so long. */
    private static final long PROBE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long NONE = Long.MIN_VALUE;

    private final String address;
    private volatile long sinceNanos = NONE;
    private volatile long heardNanos = System.nanoTime();
    private final AtomicLong longestNanos = new AtomicLong();

    Silence(String address) {
        this.address = address;
    }

    /** The server was asked, or its stream broke. It may have been silent before. */
    void begin() {
        if (sinceNanos == NONE) {
            sinceNanos = System.nanoTime();
        }
    }

    /** The server lives. */
    void end() {
        heardNanos = System.nanoTime();
        sinceNanos = NONE;
    }

    boolean isOver() {
        return sinceNanos == NONE;
    }

    /** How long the longest call had lasted when its patience was over. */
    long longestGivenUpNanos() {
        return longestNanos.get();
    }

    /** For how long; 0 if it answers. */
    long nanos() {
        long since = sinceNanos;
        return since == NONE ? 0 : Math.max(0, System.nanoTime() - since);
    }

    /** Whether who waits should ask for a sign of life. */
    boolean isProbeDue() {
        return sinceNanos == NONE && System.nanoTime() - heardNanos > PROBE_NANOS;
    }

    /**
     * Whether the current call, or a thread that works for none, may wait on.
     *
     * @param patience null: for ever
     * @throws FsException TIMED_OUT if patience is over, INTERRUPTED if nobody wants the call's answer
     */
    void mayWait(String operation, @Nullable Duration patience) throws FsException {
        Call call = Call.current();
        if (call != null && call.isAborted()) {
            throw new FsException(operation, address, FsError.INTERRUPTED);
        }
        long silent = nanos();
        boolean over = call != null ? call.isOver(silent, patience) : patience != null && silent > patience.toNanos();
        if (over) {
            if (call != null) {
                longestNanos.accumulateAndGet(System.nanoTime() - call.beganNanos(), Math::max);
            }
            throw away(operation);
        }
    }

    FsException away(String operation) {
        return new FsException(operation, "server " + address + " is away", FsError.TIMED_OUT);
    }
}
