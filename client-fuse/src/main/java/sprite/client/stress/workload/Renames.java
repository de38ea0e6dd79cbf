package sprite.client.stress.workload;

import java.util.ArrayDeque;
import java.util.Deque;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * New files are written beside old ones and renamed over them; readers find the one or the other, whole, and who has an
 * old one open keeps it. Thread-safe: what a worker holds is its own.
 */
final class Renames implements Workload {
    private static final int NAMES = 3;
    private static final int BYTES = 24;
    private static final int KEPT_MAX = 4;

    private final String prefix;
    private final PerWorker<Deque<Kept>> kept = new PerWorker<>(ArrayDeque::new);

    /** A file that is open, and by now perhaps without a name. Immutable. */
    private record Kept(int descriptor, long value, int lives) {}

    Renames(String prefix) {
        this.prefix = prefix;
    }

    private String name(int which) {
        return prefix + "/name" + which;
    }

    /** The file itself, whatever its name: an object that is written once. */
    private String file(long value) {
        return prefix + "/file-" + value;
    }

    @Override
    public boolean prepare(Worker worker) {
        return Files.directory(worker, prefix);
    }

    @Override
    public void step(Worker worker) {
        int which = worker.chance(NAMES);
        switch (worker.chance(4)) {
            case 0 -> replace(worker, which);
            case 1 -> readKept(worker);
            default -> read(worker, which);
        }
    }

    private void replace(Worker worker, int which) {
        long value = worker.newValue();
        String temporary = worker.path(prefix + "/new-" + value);
        if (!make(worker, temporary, value)) {
            return;
        }
        long start = worker.begin();
        int result = worker.calls().rename(temporary, worker.path(name(which)));
        if (result < 0) {
            worker.failed("rename", result);
        }
        worker.end(
                start,
                Errors.ofChange(result),
                Files.call("rename", result),
                Deed.write(name(which), new Value(value)));
    }

    private boolean make(Worker worker, String path, long value) {
        worker.fill(value, BYTES);
        long start = worker.begin();
        int descriptor = worker.calls().open(path, SystemCalls.O_WRONLY | SystemCalls.O_CREAT | SystemCalls.O_EXCL);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return false;
        }
        long result = worker.calls().pwrite(descriptor, BYTES, 0);
        boolean sync = worker.isDisturbed() || worker.chance(10) == 0; // else a name may outlive the data
        int synced = sync ? worker.calls().fsync(descriptor) : 0;
        result = Files.withClose(result, Math.min(synced, worker.calls().close(descriptor)));
        Deed deed = Deed.write(file(value), new Value(value));
        return Files.endWrite(worker, start, result, BYTES, "open(O_EXCL)+pwrite+close", deed) == Outcome.OK;
    }

    private void read(Worker worker, int which) {
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(name(which)), SystemCalls.O_RDONLY);
        if (descriptor == -Errors.ENOENT) {
            worker.end(start, Outcome.OK, "open=ENOENT", Deed.read(name(which), Value.NONE));
            return;
        }
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        long result = worker.calls().pread(descriptor, BYTES, 0);
        if (result < 0) {
            worker.failed("pread", result);
            worker.calls().close(descriptor);
            return;
        }
        worker.endRead(start, result == 0 ? "open+pread=0-bytes" : "open+pread", name(which), result, BYTES);
        Deque<Kept> mine = kept.of(worker);
        Value seen = worker.seen(result, BYTES).getFirst();
        if (seen.isNumber() && mine.size() < KEPT_MAX) {
            mine.add(new Kept(descriptor, seen.number(), worker.lives()));
        } else {
            worker.calls().close(descriptor);
        }
    }

    private void readKept(Worker worker) {
        Deque<Kept> mine = kept.of(worker);
        if (mine.isEmpty()) {
            return;
        }
        Kept one = mine.remove();
        if (one.lives() == worker.lives()) {
            Files.readBlock(worker, one.descriptor(), file(one.value()), 0, BYTES);
        }
        if (one.lives() == worker.lives() && worker.chance(2) == 0) {
            mine.add(one);
        } else {
            worker.calls().close(one.descriptor());
        }
    }

    @Override
    public void conclude(Worker worker) {
        for (int i = 0; i < NAMES; i++) {
            read(worker, i);
        }
        kept.of(worker).forEach(one -> worker.calls().close(one.descriptor()));
        kept.of(worker).clear();
    }
}
