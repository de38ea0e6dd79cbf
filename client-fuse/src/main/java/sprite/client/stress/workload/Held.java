package sprite.client.stress.workload;

import java.util.LinkedHashMap;
import java.util.Map;
import sprite.client.stress.Worker;

/** The descriptors that one worker keeps. Confined to it. */
final class Held {
    private final Map<String, Integer> descriptors = new LinkedHashMap<>();
    private int lives;

    /**
     * Opens, unless it is open. Below 0: an error.
     *
     * @param as tells several descriptors of one file apart
     */
    int open(Worker worker, String as, String name, int flags) {
        if (lives != worker.lives()) {
            lives = worker.lives();
            closeAll(worker);
        }
        Integer known = descriptors.get(as + name);
        if (known != null) {
            return known;
        }
        worker.begin();
        int descriptor = worker.calls().open(worker.path(name), flags);
        if (descriptor >= 0) {
            descriptors.put(as + name, descriptor);
        } else {
            worker.failed("open", descriptor);
        }
        return descriptor;
    }

    void close(Worker worker, String as, String name) {
        Integer descriptor = descriptors.remove(as + name);
        if (descriptor != null) {
            worker.calls().close(descriptor);
        }
    }

    void closeAll(Worker worker) {
        descriptors.values().forEach(worker.calls()::close);
        descriptors.clear();
    }
}
