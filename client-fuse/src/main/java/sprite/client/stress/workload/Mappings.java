package sprite.client.stress.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * Files that are mapped shared: a store that was synced is a write; a load from a new mapping, or a pread, is a read.
 * Thread-safe: immutable.
 */
final class Mappings implements Workload {
    private static final int FILES = 3;
    private static final int BYTES = 4096;

    /** A value and its complement, by which half a store is known. */
    private static final int CELL_BYTES = 2 * Long.BYTES;

    private final String prefix;

    Mappings(String prefix) {
        this.prefix = prefix;
    }

    private String file(int which) {
        return prefix + "/mapped" + which;
    }

    @Override
    public boolean prepare(Worker worker) {
        boolean made = Files.directory(worker, prefix);
        for (int i = 0; i < FILES; i++) {
            made &= Files.create(worker, file(i)) && worker.calls().truncate(worker.path(file(i)), BYTES) >= 0;
        }
        return made && canMap(worker, file(0));
    }

    /** Whether the file system lets a file be mapped shared. */
    static boolean canMap(Worker worker, String file) {
        int descriptor = worker.calls().open(worker.path(file), SystemCalls.O_RDWR);
        long address = descriptor < 0 ? descriptor : worker.calls().mmap(descriptor, BYTES);
        if (descriptor >= 0) {
            worker.calls().close(descriptor);
        }
        return address >= 0 && worker.calls().munmap(address, BYTES) >= 0;
    }

    @Override
    public void step(Worker worker) {
        String file = file(worker.chance(FILES));
        int how = worker.chance(4);
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(file), SystemCalls.O_RDWR);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        switch (how) {
            case 0 -> read(worker, start, file, descriptor);
            case 1 -> Files.map(worker, descriptor, BYTES, address -> store(worker, start, file, address));
            default -> Files.map(worker, descriptor, BYTES, address -> load(worker, start, file, address));
        }
        worker.calls().close(descriptor);
    }

    private static void store(Worker worker, long start, String file, long address) {
        long value = worker.newValue();
        worker.calls().data().set(JAVA_LONG, 0, value);
        worker.calls().data().set(JAVA_LONG, Long.BYTES, ~value);
        long result = worker.calls().store(worker.memoryFile(), address, CELL_BYTES);
        result = result < 0 ? result : worker.calls().msync(address, BYTES);
        if (result < 0) {
            worker.failed("store+msync", result);
        }
        Outcome outcome = result < 0 ? Outcome.UNKNOWN : Outcome.OK;
        worker.end(start, outcome, Files.call("mmap+store+msync", result), Deed.write(file, new Value(value)));
    }

    private static void load(Worker worker, long start, String file, long address) {
        long result = worker.calls().load(worker.memoryFile(), address, CELL_BYTES);
        if (result < 0) {
            worker.failed("load", result);
            return;
        }
        saw(worker, start, "mmap+load", file, false);
    }

    private static void read(Worker worker, long start, String file, int descriptor) {
        long result = worker.calls().pread(descriptor, CELL_BYTES, 0);
        if (result < 0) {
            worker.failed("pread", result);
        } else if (result < CELL_BYTES) {
            worker.end(start, Outcome.OK, "open+pread=short", Deed.read(file, Value.NONE));
        } else {
            saw(worker, start, "open+pread", file, false);
        }
    }

    /** A store is not atomic: who sees half of it while it is made has seen nothing. */
    private static void saw(Worker worker, long start, String call, String file, boolean isQuiet) {
        long value = worker.calls().data().get(JAVA_LONG, 0);
        long check = worker.calls().data().get(JAVA_LONG, Long.BYTES);
        if (value == 0 && check == 0) {
            worker.end(start, Outcome.OK, call, Deed.read(file, Value.NONE));
        } else if (value > 0 && check == ~value) {
            worker.end(start, Outcome.OK, call, Deed.read(file, new Value(value)));
        } else if (isQuiet) {
            worker.end(start, Outcome.OK, call + "=torn", Deed.read(file, Value.OTHER));
        }
    }

    @Override
    public void conclude(Worker worker) {
        for (int i = 0; i < FILES; i++) {
            long start = worker.begin();
            int descriptor = worker.calls().open(worker.path(file(i)), SystemCalls.O_RDONLY);
            if (descriptor >= 0) {
                if (worker.calls().pread(descriptor, CELL_BYTES, 0) == CELL_BYTES) {
                    saw(worker, start, "open+pread", file(i), true);
                }
                worker.calls().close(descriptor);
            }
        }
    }
}
