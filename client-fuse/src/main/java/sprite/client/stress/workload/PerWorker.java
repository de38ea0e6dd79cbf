package sprite.client.stress.workload;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import sprite.client.stress.Worker;

/** What each worker has for itself. Thread-safe: a concurrent map. */
final class PerWorker<T> {
    private final Map<Integer, T> things = new ConcurrentHashMap<>();
    private final Supplier<T> maker;

    PerWorker(Supplier<T> maker) {
        this.maker = maker;
    }

    T of(Worker worker) {
        return things.computeIfAbsent(worker.number(), _ -> maker.get());
    }
}
