package sprite.client.stress.workload;

import java.util.function.LongConsumer;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/** What several workloads do with files. No state of its own. */
final class Files {
    private Files() {}

    /** A number below 0 with its call, for the history. */
    static String call(String calls, long result) {
        return result < 0 ? calls + "=" + Errors.name(result) : calls;
    }

    /** Makes an empty file; whether that worked. */
    static boolean create(Worker worker, String name) {
        int descriptor = worker.calls().open(worker.path(name), SystemCalls.O_RDWR | SystemCalls.O_CREAT);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return false;
        }
        worker.calls().close(descriptor);
        return true;
    }

    /** Makes a directory; whether that worked. */
    static boolean directory(Worker worker, String name) {
        int result = worker.calls().mkdir(worker.path(name));
        if (result < 0) {
            worker.failed("mkdir", result);
        }
        return result >= 0;
    }

    /** Writes a new value to the beginning of the file: all of one block, in one call. */
    static Outcome writeBlock(Worker worker, int descriptor, String object, long offset, int bytes) {
        long value = worker.newValue();
        worker.fill(value, bytes);
        long start = worker.begin();
        long result = worker.calls().pwrite(descriptor, bytes, offset);
        return endWrite(worker, start, result, bytes, "pwrite", Deed.write(object, new Value(value)));
    }

    /** The result of a write whose close may have failed: then nobody knows. */
    static long withClose(long result, int closed) {
        return result >= 0 && closed < 0 ? -Errors.EIO : result;
    }

    /** A write that moved only a part is not known to have been done. */
    static Outcome endWrite(Worker worker, long start, long result, int bytes, String call, Deed deed) {
        Outcome outcome = result >= 0 && result < bytes ? Outcome.UNKNOWN : Errors.ofChange(result);
        if (result < 0) {
            worker.failed(call, result);
        }
        return worker.end(start, outcome, call(call, result), deed);
    }

    /** Maps the beginning of a file, shared, for {@code use}, which is given the address. */
    static void map(Worker worker, int descriptor, int bytes, LongConsumer use) {
        long address = worker.calls().mmap(descriptor, bytes);
        if (address < 0) {
            worker.failed("mmap", address);
            return;
        }
        use.accept(address);
        worker.calls().munmap(address, bytes);
    }

    /** Reads a block in one call; whether it worked. */
    static boolean readBlock(Worker worker, int descriptor, String object, long offset, int bytes) {
        long start = worker.begin();
        long result = worker.calls().pread(descriptor, bytes, offset);
        if (result < 0) {
            worker.failed("pread", result);
            return false;
        }
        worker.endRead(start, "pread", object, result, bytes);
        return true;
    }
}
