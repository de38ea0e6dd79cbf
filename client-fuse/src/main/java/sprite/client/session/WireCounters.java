package sprite.client.session;

import java.util.concurrent.atomic.LongAdder;

/** Messages and bytes each way, over all servers. Thread-safe: adders. */
public final class WireCounters {
    private final LongAdder messagesSent = new LongAdder();
    private final LongAdder messagesReceived = new LongAdder();
    private final LongAdder bytesSent = new LongAdder();
    private final LongAdder bytesReceived = new LongAdder();

    /** The totals so far. Immutable. */
    public record Totals(long messagesSent, long messagesReceived, long bytesSent, long bytesReceived) {}

    void sent(int bytes) {
        messagesSent.increment();
        bytesSent.add(bytes);
    }

    void received(int bytes) {
        messagesReceived.increment();
        bytesReceived.add(bytes);
    }

    /** The totals so far. */
    public Totals totals() {
        return new Totals(messagesSent.sum(), messagesReceived.sum(), bytesSent.sum(), bytesReceived.sum());
    }
}
