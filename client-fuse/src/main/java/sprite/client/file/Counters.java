package sprite.client.file;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** What the cache did, for people. Thread-safe: all adders. */
final class Counters {
    final LongAdder hits = new LongAdder();
    final LongAdder misses = new LongAdder();
    final LongAdder readByPrograms = new LongAdder();
    final LongAdder writtenByPrograms = new LongAdder();
    final LongAdder readFromServers = new LongAdder();
    final LongAdder writtenToServers = new LongAdder();
    final LongAdder recalled = new LongAdder();
    final LongAdder saved = new LongAdder();
    private final Map<Cause, LongAdder> writeBacks = new EnumMap<>(Cause.class);

    Counters() {
        for (Cause cause : Cause.values()) {
            writeBacks.put(cause, new LongAdder());
        }
    }

    void wroteBack(Cause cause, int bytes) {
        writtenToServers.add(bytes);
        of(cause).increment();
        if (cause == Cause.RECALL) {
            recalled.add(bytes);
        }
    }

    FileCacheStatus.WriteBacks writeBacks() {
        return new FileCacheStatus.WriteBacks(
                count(Cause.DELAY),
                count(Cause.FSYNC),
                count(Cause.RECALL),
                count(Cause.AHEAD),
                count(Cause.SPACE),
                count(Cause.UNMOUNT));
    }

    private long count(Cause cause) {
        return of(cause).sum();
    }

    private LongAdder of(Cause cause) {
        return Objects.requireNonNull(writeBacks.get(cause));
    }
}
