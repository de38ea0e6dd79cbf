package sprite.server.session;

import java.util.concurrent.atomic.LongAdder;

/** Messages and bytes that the server sent and received. Thread-safe: adders. */
public final class Traffic {
    private final LongAdder messagesIn = new LongAdder();
    private final LongAdder messagesOut = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final LongAdder callbacks = new LongAdder();

    /** The sums so far. Immutable. */
    public record Totals(long messagesIn, long messagesOut, long bytesIn, long bytesOut, long callbacks) {}

    /** Counts a message that arrived. */
    public void received(int bytes) {
        messagesIn.increment();
        bytesIn.add(bytes);
    }

    /** Counts a message that was handed to the network. */
    public void sent(int bytes) {
        messagesOut.increment();
        bytesOut.add(bytes);
    }

    void calledBack() {
        callbacks.increment();
    }

    /** The sums so far. */
    public Totals totals() {
        return new Totals(messagesIn.sum(), messagesOut.sum(), bytesIn.sum(), bytesOut.sum(), callbacks.sum());
    }
}
