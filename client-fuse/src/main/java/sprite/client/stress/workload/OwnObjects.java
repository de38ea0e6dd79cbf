package sprite.client.stress.workload;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import sprite.client.stress.Worker;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * Objects that one worker each changes, so that the order of changes is known, and everybody looks at. A worker that
 * does not know what became of its last change turns to a new object. Thread-safe: a copy-on-write list; what belongs
 * to a worker is its own.
 */
final class OwnObjects {
    private final String prefix;
    private final List<String> all = new CopyOnWriteArrayList<>();
    private final PerWorker<Own> own = new PerWorker<>(Own::new);

    OwnObjects(String prefix) {
        this.prefix = prefix;
    }

    /** What a worker knows of its object. Confined to it. */
    static final class Own {
        private String object = "";
        private Value last = Value.NONE;
        private long index;
        private boolean isThere;
        private int generation;

        String object() {
            return object;
        }

        /** What it holds. */
        Value last() {
            return last;
        }

        long nextIndex() {
            return index;
        }

        /** Whether there was a change. */
        boolean isThere() {
            return isThere;
        }
    }

    Own of(Worker worker) {
        Own mine = own.of(worker);
        if (mine.object.isEmpty()) {
            mine.object = prefix + worker.number() + "-" + mine.generation;
        }
        return mine;
    }

    void changed(Worker worker, Value value, Outcome outcome) {
        Own mine = own.of(worker);
        if (!mine.isThere) {
            all.add(mine.object);
        }
        mine.index++;
        mine.isThere = true;
        if (outcome == Outcome.OK) {
            mine.last = value;
        } else if (outcome == Outcome.UNKNOWN) {
            mine.generation++;
            mine.object = "";
            mine.isThere = false;
            mine.index = 0;
            mine.last = Value.NONE;
        }
    }

    /** One that was changed. */
    Optional<String> any(Worker worker) {
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(worker.chance(all.size())));
    }

    List<String> all() {
        return all;
    }
}
