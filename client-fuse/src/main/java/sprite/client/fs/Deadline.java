package sprite.client.fs;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A moment by which something is to be over, on the monotonic clock. It can be brought forward, also while it is waited
 * for. Thread-safe.
 */
public final class Deadline {
    /** As good as for ever, and no sum with the clock overflows. */
    private static final Duration NEVER = Duration.ofDays(10_000);

    private final AtomicLong atNanos;

    private Deadline(Duration fromNow) {
        atNanos = new AtomicLong(System.nanoTime() + fromNow.toNanos());
    }

    /** None, until it is {@link #bringForward brought forward}. */
    public static Deadline never() {
        return new Deadline(NEVER);
    }

    public static Deadline in(Duration fromNow) {
        return new Deadline(fromNow);
    }

    /** It is not later than that from now on; does not put it off. */
    public void bringForward(Duration fromNow) {
        long wanted = System.nanoTime() + fromNow.toNanos();
        atNanos.accumulateAndGet(wanted, (is, other) -> other - is < 0 ? other : is);
    }

    /** How long it is until then, but no longer than {@code most}; zero when it is over. */
    public Duration left(Duration most) {
        long nanos = atNanos.get() - System.nanoTime();
        return nanos <= 0 ? Duration.ZERO : nanos < most.toNanos() ? Duration.ofNanos(nanos) : most;
    }

    public boolean isOver() {
        return atNanos.get() - System.nanoTime() <= 0;
    }
}
