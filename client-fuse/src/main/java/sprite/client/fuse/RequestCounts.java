package sprite.client.fuse;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** How many requests of each kind the kernel has sent to a mount. Thread-safe: adders. */
public final class RequestCounts {
    /** Above all numbers that a kernel is known to use for file systems; the last one stands for those beyond. */
    private static final int OPCODES = 64;

    private final LongAdder[] counts = new LongAdder[OPCODES];

    public RequestCounts() {
        for (int i = 0; i < OPCODES; i++) {
            counts[i] = new LongAdder();
        }
    }

    /** One more has come. */
    public void count(int opcode) {
        counts[Integer.compareUnsigned(opcode, OPCODES) < 0 ? opcode : OPCODES - 1].increment();
    }

    /** By the names of {@link RequestKind}, those that have come. */
    public Map<String, Long> totals() {
        Map<String, Long> totals = new TreeMap<>();
        for (int i = 0; i < OPCODES; i++) {
            long count = counts[i].sum();
            if (count > 0) {
                totals.merge(RequestKind.of(i), count, Long::sum);
            }
        }
        return totals;
    }
}
