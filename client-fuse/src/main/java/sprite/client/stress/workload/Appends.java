package sprite.client.stress.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * All append entries of 16 bytes to one log; others ask for its size or read its end. When it is long a new one begins.
 * Thread-safe: what a worker holds is its own.
 */
final class Appends implements Workload {
    private static final int ENTRY_BYTES = 16;
    private static final int ENTRIES_MAX = 1500;
    private static final int TAIL = 6;

    private final String prefix;
    private final AtomicInteger log = new AtomicInteger();
    private final AtomicLong length = new AtomicLong();
    private final PerWorker<Held> held = new PerWorker<>(Held::new);

    Appends(String prefix) {
        this.prefix = prefix;
    }

    @Override
    public boolean prepare(Worker worker) {
        return Files.directory(worker, prefix) && Files.create(worker, prefix + "/log0");
    }

    @Override
    public void step(Worker worker) {
        int current = log.get();
        String object = prefix + "/log" + current;
        switch (worker.chance(4)) {
            case 0 -> size(worker, object);
            case 1 -> tail(worker, object);
            default -> append(worker, object);
        }
        if (length.get() > ENTRIES_MAX && log.compareAndSet(current, current + 1)) {
            length.set(0);
        }
    }

    private void append(Worker worker, String object) {
        Held mine = held.of(worker);
        boolean keep = worker.number() % 2 == 0;
        long value = worker.newValue();
        worker.fill(value, ENTRY_BYTES);
        int flags = SystemCalls.O_WRONLY | SystemCalls.O_APPEND | SystemCalls.O_CREAT;
        if (keep) {
            int descriptor = mine.open(worker, "a:", object, flags);
            if (descriptor >= 0) {
                long start = worker.begin();
                long result = worker.calls().write(descriptor, ENTRY_BYTES);
                Files.endWrite(
                        worker, start, result, ENTRY_BYTES, "write(O_APPEND)", Deed.append(object, new Value(value)));
            }
            if (worker.chance(30) == 0) {
                mine.close(worker, "a:", object);
            }
            return;
        }
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(object), flags);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        long result = worker.calls().write(descriptor, ENTRY_BYTES);
        int closed = worker.calls().close(descriptor);
        Files.endWrite(
                worker,
                start,
                Files.withClose(result, closed),
                ENTRY_BYTES,
                "open+write(O_APPEND)+close",
                Deed.append(object, new Value(value)));
    }

    private void size(Worker worker, String object) {
        long start = worker.begin();
        long bytes = worker.calls().size(worker.path(object));
        if (bytes < 0 && bytes != -Errors.ENOENT) {
            worker.failed("stat", bytes);
            return;
        }
        endLook(worker, start, "stat", object, Math.max(0, bytes), new ArrayList<>());
        length.accumulateAndGet(bytes / ENTRY_BYTES, Math::max);
    }

    /** What is behind the last entry but a few. */
    private void tail(Worker worker, String object) {
        look(worker, object, Math.max(0, length.get() - TAIL), TAIL * 2);
    }

    private void look(Worker worker, String object, long from, int most) {
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(object), SystemCalls.O_RDONLY);
        if (descriptor < 0) {
            if (descriptor != -Errors.ENOENT) {
                worker.failed("open", descriptor);
            }
            return;
        }
        long result = worker.calls().pread(descriptor, (long) most * ENTRY_BYTES, from * ENTRY_BYTES);
        worker.calls().close(descriptor);
        if (result < 0) {
            worker.failed("pread", result);
            return;
        }
        List<Deed> deeds = new ArrayList<>();
        for (int i = 0; i < result / ENTRY_BYTES; i++) {
            deeds.add(Deed.entry(object, from + i, entry(worker, i)));
        }
        if (result > 0 && result < (long) most * ENTRY_BYTES) {
            endLook(worker, start, "open+pread+close", object, from * ENTRY_BYTES + result, deeds);
        } else {
            worker.end(start, Outcome.OK, "open+pread+close", deeds);
        }
    }

    private static Value entry(Worker worker, int which) {
        long first = worker.calls().data().get(JAVA_LONG, (long) which * ENTRY_BYTES);
        long second = worker.calls().data().get(JAVA_LONG, (long) which * ENTRY_BYTES + Long.BYTES);
        return first == second && first > 0 ? new Value(first) : Value.OTHER;
    }

    /** The end of the log was seen; half an entry there is nobody's. */
    private static void endLook(Worker worker, long start, String call, String object, long bytes, List<Deed> entries) {
        entries.add(Deed.size(object, bytes / ENTRY_BYTES));
        if (bytes % ENTRY_BYTES != 0) {
            entries.add(Deed.entry(object, bytes / ENTRY_BYTES, Value.OTHER));
        }
        worker.end(start, Outcome.OK, call, entries);
    }

    @Override
    public void conclude(Worker worker) {
        held.of(worker).closeAll(worker);
        for (int i = 0; i <= log.get(); i++) {
            String object = prefix + "/log" + i;
            size(worker, object);
            look(worker, object, 0, SystemCalls.DATA_MAX / ENTRY_BYTES);
        }
    }
}
