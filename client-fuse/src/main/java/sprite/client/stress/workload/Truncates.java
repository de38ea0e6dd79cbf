package sprite.client.stress.workload;

import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * Files whose size everybody sets, never twice the same; and a file of each worker whose data comes and goes, which the
 * others read. Thread-safe: what a worker holds is its own.
 */
final class Truncates implements Workload {
    private static final int SIZED = 3;
    private static final int BYTES = 512;

    private final String prefix;
    private final OwnObjects own;
    private final PerWorker<Held> held = new PerWorker<>(Held::new);

    Truncates(String prefix) {
        this.prefix = prefix;
        this.own = new OwnObjects(prefix + "/of-");
    }

    private String sized(int which) {
        return prefix + "/sized" + which;
    }

    @Override
    public boolean prepare(Worker worker) {
        boolean made = Files.directory(worker, prefix);
        for (int i = 0; i < SIZED; i++) {
            made &= Files.create(worker, sized(i));
        }
        return made;
    }

    @Override
    public void step(Worker worker) {
        switch (worker.chance(6)) {
            case 0 -> setSize(worker, sized(worker.chance(SIZED)));
            case 1, 2 -> askSize(worker, sized(worker.chance(SIZED)));
            case 3 -> changeOwn(worker);
            default -> own.any(worker).ifPresent(object -> readData(worker, object));
        }
    }

    private void setSize(Worker worker, String object) {
        long value = worker.newValue();
        boolean byName = worker.chance(2) == 0;
        int descriptor = byName ? 0 : held.of(worker).open(worker, "", object, SystemCalls.O_RDWR);
        if (descriptor < 0) {
            return;
        }
        long start = worker.begin();
        int result = byName
                ? worker.calls().truncate(worker.path(object), value)
                : worker.calls().ftruncate(descriptor, value);
        String call = byName ? "truncate" : "ftruncate";
        if (result < 0) {
            worker.failed(call, result);
        }
        worker.end(
                start,
                Errors.ofChange(result),
                Files.call(call, result),
                Deed.write(object + "#size", new Value(value)));
    }

    private void askSize(Worker worker, String object) {
        boolean byName = worker.chance(2) == 0;
        int descriptor = byName ? 0 : held.of(worker).open(worker, "", object, SystemCalls.O_RDWR);
        if (descriptor < 0) {
            return;
        }
        long start = worker.begin();
        long size = byName
                ? worker.calls().size(worker.path(object))
                : worker.calls().size(descriptor);
        String call = byName ? "stat" : "fstat";
        if (size < 0) {
            worker.failed(call, size);
            return;
        }
        Value seen = size == 0 ? Value.NONE : new Value(size);
        worker.end(start, Outcome.OK, call, Deed.read(object + "#size", seen));
    }

    /** Writes where nothing is, or takes away what is there. */
    private void changeOwn(Worker worker) {
        OwnObjects.Own mine = own.of(worker);
        if (!mine.isThere() && !Files.create(worker, mine.object())) {
            return;
        }
        int descriptor = held.of(worker).open(worker, "own:", mine.object(), SystemCalls.O_RDWR);
        if (descriptor < 0) {
            return;
        }
        boolean write = mine.last().equals(Value.NONE);
        Value next = write ? new Value(worker.newValue()) : Value.NONE;
        worker.fill(next.number(), BYTES);
        long start = worker.begin();
        long result = write
                ? worker.calls().pwrite(descriptor, BYTES, 0)
                : worker.calls().ftruncate(descriptor, 0);
        Outcome outcome = Files.endWrite(
                worker,
                start,
                result,
                write ? BYTES : 0,
                write ? "pwrite" : "ftruncate(0)",
                Deed.write(mine.object(), next, mine.nextIndex()));
        own.changed(worker, next, outcome);
        if (worker.chance(20) == 0) {
            held.of(worker).close(worker, "own:", mine.object());
        }
    }

    private void readData(Worker worker, String object) {
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(object), SystemCalls.O_RDONLY);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        long result = worker.calls().pread(descriptor, BYTES, 0);
        worker.calls().close(descriptor);
        if (result < 0) {
            worker.failed("pread", result);
            return;
        }
        worker.endRead(start, result == 0 ? "open+pread=0-bytes" : "open+pread+close", object, result, BYTES);
    }

    @Override
    public void conclude(Worker worker) {
        for (int i = 0; i < SIZED; i++) {
            askSize(worker, sized(i));
        }
        own.all().forEach(object -> readData(worker, object));
        held.of(worker).closeAll(worker);
    }
}
