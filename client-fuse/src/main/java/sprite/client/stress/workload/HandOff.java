package sprite.client.stress.workload;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * One writes and closes, the next opens, reads and writes in turn; whose turn it is they tell each other past the file
 * system. Others read whenever they like. Thread-safe: the files have turns.
 */
final class HandOff implements Workload {
    /** The last one is long, so that it takes several requests; only whoever has the turn touches it. */
    private static final int[] BYTES = {8, 512, 4096, 200_000};

    private final String prefix;

    /** For each file: whose turn it is. No file system is asked while anything else is locked. */
    private final List<ReentrantLock> turns = IntStream.range(0, BYTES.length)
            .mapToObj(_ -> new ReentrantLock(true))
            .toList();

    HandOff(String prefix) {
        this.prefix = prefix;
    }

    private String file(int which) {
        return prefix + "/" + BYTES[which] + "-bytes";
    }

    @Override
    public boolean prepare(Worker worker) {
        boolean made = Files.directory(worker, prefix);
        for (int i = 0; i < BYTES.length; i++) {
            made &= Files.create(worker, file(i));
        }
        return made;
    }

    @Override
    public void step(Worker worker) {
        // A long write may be lost in parts, and nobody could say then what the file holds.
        int which = worker.chance(worker.isDisturbed() ? BYTES.length - 1 : BYTES.length);
        boolean isLong = which == BYTES.length - 1;
        if (!isLong && worker.chance(4) == 0) {
            read(worker, which);
            return;
        }
        turns.get(which).lock();
        try {
            read(worker, which);
            write(worker, which);
        } finally {
            turns.get(which).unlock();
        }
    }

    private void read(Worker worker, int which) {
        long start = worker.begin();
        int descriptor = worker.calls().open(worker.path(file(which)), SystemCalls.O_RDONLY);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        long result = worker.calls().pread(descriptor, BYTES[which], 0);
        worker.calls().close(descriptor);
        if (result < 0) {
            worker.failed("pread", result);
            return;
        }
        worker.endRead(start, "open+pread+close", file(which), result, BYTES[which]);
    }

    private void write(Worker worker, int which) {
        boolean isLong = which == BYTES.length - 1;
        boolean sync = worker.chance(20) == 0;
        int flags = worker.chance(2) == 0 ? SystemCalls.O_WRONLY : SystemCalls.O_RDWR;
        long value = worker.newValue();
        worker.fill(value, BYTES[which]);
        long start = worker.begin();
        int descriptor = worker.calls()
                .open(worker.path(file(which)), isLong && worker.chance(2) == 0 ? flags | SystemCalls.O_TRUNC : flags);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        long result = worker.calls().pwrite(descriptor, BYTES[which], 0);
        int synced = sync ? worker.calls().fsync(descriptor) : 0;
        result = Files.withClose(result, Math.min(synced, worker.calls().close(descriptor)));
        String call = sync ? "open+pwrite+fsync+close" : "open+pwrite+close";
        Deed deed = Deed.write(file(which), new Value(value));
        if (sync && result == BYTES[which]) {
            worker.end(start, Outcome.DURABLE, call, deed);
        } else {
            Files.endWrite(worker, start, result, BYTES[which], call, deed);
        }
    }

    @Override
    public void conclude(Worker worker) {
        for (int i = 0; i < BYTES.length; i++) {
            read(worker, i);
        }
    }
}
