package sprite.client.session;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Until when this client may trust what it caches. Counted from the moment a renewal was <em>sent</em>, never from when
 * it was answered, so that the client's lease ends before the server's count of it does, whatever the network's delay
 * (Macklem's NQNFS has the same rule). Monotonic clock only. Thread-safe: an atomic number and a volatile one.
 */
final class Lease {
    private static final long NONE = Long.MIN_VALUE;

    private final AtomicLong endNanos = new AtomicLong(NONE);

    private volatile long lengthNanos;

    /** The server has welcomed a client that said hello at {@code sentNanos}, and told how long its leases last. */
    void granted(long sentNanos, long leaseNanos) {
        lengthNanos = leaseNanos;
        renewed(sentNanos);
    }

    /** The server has answered something that was sent at {@code sentNanos}. */
    void renewed(long sentNanos) {
        long end = sentNanos + lengthNanos;
        endNanos.accumulateAndGet(end, (old, fresh) -> old == NONE || fresh - old > 0 ? fresh : old);
    }

    /** Whether the server has answered something that was sent at {@code nanos} or later. */
    boolean isRenewedSince(long nanos) {
        long end = endNanos.get();
        return end != NONE && end - lengthNanos - nanos >= 0;
    }

    /** The session is gone, and the lease with it. */
    void end() {
        endNanos.set(NONE);
    }

    /** As {@link #leftAt}, now. */
    long left() {
        return leftAt(System.nanoTime());
    }

    /** Nanoseconds until the end; 0 or less when it is over. */
    long leftAt(long nowNanos) {
        long end = endNanos.get();
        return end == NONE ? 0 : end - nowNanos;
    }
}
