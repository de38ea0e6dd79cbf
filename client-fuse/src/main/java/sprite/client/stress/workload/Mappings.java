package sprite.client.stress.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * Files that are mapped shared: a store that was synced is a write; a load from a new mapping, or a pread, is a read.
 * Thread-safe: no state.
 */
final class Mappings implements Workload {
    private static final int FILES = 3;
    private static final int BYTES = 4096;

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
        return made && canMap(worker);
    }

    private boolean canMap(Worker worker) {
        int descriptor = worker.calls().open(worker.path(file(0)), SystemCalls.O_RDWR);
        long address = descriptor < 0 ? descriptor : worker.calls().mmap(descriptor, BYTES);
        worker.calls().close(descriptor);
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
        if (how == 0) {
            Files.readBlock(worker, descriptor, file, 0, Long.BYTES);
        } else {
            map(worker, start, file, descriptor, how == 1);
        }
        worker.calls().close(descriptor);
    }

    private static void map(Worker worker, long start, String file, int descriptor, boolean store) {
        long address = worker.calls().mmap(descriptor, BYTES);
        if (address < 0) {
            worker.failed("mmap", address);
            return;
        }
        MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(BYTES);
        if (store) {
            long value = worker.newValue();
            memory.set(JAVA_LONG, 0, value);
            long result = worker.calls().msync(address, BYTES);
            worker.calls().munmap(address, BYTES);
            if (result < 0) {
                worker.failed("msync", result);
            }
            Deed deed = Deed.write(file, new Value(value));
            worker.end(start, result < 0 ? Outcome.UNKNOWN : Errors.ofChange(result), "mmap+store+msync", deed);
        } else {
            long seen = memory.get(JAVA_LONG, 0);
            worker.calls().munmap(address, BYTES);
            Value value = seen == 0 ? Value.NONE : seen < 0 ? Value.OTHER : new Value(seen);
            worker.end(start, Outcome.OK, "mmap+load", Deed.read(file, value));
        }
    }

    @Override
    public void conclude(Worker worker) {
        for (int i = 0; i < FILES; i++) {
            int descriptor = worker.calls().open(worker.path(file(i)), SystemCalls.O_RDONLY);
            if (descriptor >= 0) {
                Files.readBlock(worker, descriptor, file(i), 0, Long.BYTES);
                worker.calls().close(descriptor);
            }
        }
    }
}
