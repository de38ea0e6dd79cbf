package sprite.client.stress.workload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.nio.charset.StandardCharsets;
import java.util.List;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * One directory in which the names of each worker come, go and replace each other; everybody looks at all of them, one
 * by one and with readdir. Thread-safe: what a worker holds is its own.
 */
final class Directories implements Workload {
    private static final int BYTES = 16;

    private final String prefix;
    private final List<OwnObjects> own;

    Directories(String prefix) {
        this.prefix = prefix;
        this.own = List.of(new OwnObjects(prefix + "/x"), new OwnObjects(prefix + "/y"), new OwnObjects(prefix + "/z"));
    }

    @Override
    public boolean prepare(Worker worker) {
        return Files.directory(worker, prefix) && Files.directory(worker, prefix + "-new");
    }

    @Override
    public void step(Worker worker) {
        OwnObjects objects = own.get(worker.chance(own.size()));
        switch (worker.chance(8)) {
            case 0, 1 -> change(worker, objects);
            case 2 -> move(worker);
            case 3 -> Listing.judge(worker, prefix, own);
            case 4, 5 -> objects.any(worker).ifPresent(object -> stat(worker, object));
            default -> objects.any(worker).ifPresent(object -> read(worker, object));
        }
    }

    /** Makes the name or removes it. */
    private void change(Worker worker, OwnObjects objects) {
        OwnObjects.Own mine = objects.of(worker);
        String path = worker.path(mine.object());
        if (!mine.last().equals(Value.NONE)) {
            long start = worker.begin();
            int result = worker.calls().unlink(path);
            end(worker, start, "unlink", result, objects, Value.NONE);
            return;
        }
        Value value = new Value(worker.newValue());
        String target = Long.toString(value.number());
        int how = worker.chance(3);
        String made = worker.path(prefix + "-new/" + target);
        if (how > 0 && !make(worker, made, value.number())) {
            return;
        }
        long start = worker.begin();
        switch (how) {
            case 0 -> end(worker, start, "symlink", worker.calls().symlink(target, path), objects, value);
            case 1 -> end(worker, start, "link", worker.calls().link(made, path), objects, value);
            default -> end(worker, start, "rename", worker.calls().rename(made, path), objects, value);
        }
    }

    private static boolean make(Worker worker, String path, long value) {
        worker.begin();
        int descriptor = worker.calls().open(path, SystemCalls.O_WRONLY | SystemCalls.O_CREAT | SystemCalls.O_EXCL);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return false;
        }
        worker.fill(value, BYTES);
        long result = worker.calls().pwrite(descriptor, BYTES, 0);
        int synced = worker.isDisturbed() ? worker.calls().fsync(descriptor) : 0; // else a name may outlive the data
        return Files.withClose(result, Math.min(synced, worker.calls().close(descriptor))) == BYTES;
    }

    private static void end(Worker worker, long start, String call, int result, OwnObjects objects, Value value) {
        OwnObjects.Own mine = objects.of(worker);
        if (result < 0) {
            worker.failed(call, result);
        }
        Deed deed = Deed.write(mine.object(), value, mine.nextIndex());
        Outcome outcome = worker.end(start, Errors.ofChange(result), Files.call(call, result), deed);
        objects.changed(worker, value, outcome);
    }

    /** Renames one own name to another, which may be there: two changes at once. */
    private void move(Worker worker) {
        int first = worker.chance(own.size());
        OwnObjects from = own.get(first);
        OwnObjects to = own.get((first + 1) % own.size());
        OwnObjects.Own source = from.of(worker);
        OwnObjects.Own target = to.of(worker);
        Value value = source.last();
        if (value.equals(Value.NONE)) {
            return;
        }
        long start = worker.begin();
        int result = worker.calls().rename(worker.path(source.object()), worker.path(target.object()));
        if (result < 0) {
            worker.failed("rename", result);
        }
        Outcome outcome = worker.end(
                start,
                Errors.ofChange(result),
                Files.call("rename", result),
                Deed.write(source.object(), Value.NONE, source.nextIndex()),
                Deed.write(target.object(), value, target.nextIndex()));
        from.changed(worker, Value.NONE, outcome);
        to.changed(worker, value, outcome);
    }

    private static void stat(Worker worker, String object) {
        long start = worker.begin();
        long size = worker.calls().size(worker.path(object));
        if (size < 0 && size != -Errors.ENOENT) {
            worker.failed("stat", size);
            return;
        }
        Value seen = size < 0 ? Value.NONE : Value.SOME;
        worker.end(start, Outcome.OK, Files.call("stat", size), Deed.read(object, seen));
    }

    private static void read(Worker worker, String object) {
        String path = worker.path(object);
        long start = worker.begin();
        int descriptor = worker.calls().open(path, SystemCalls.O_RDONLY | SystemCalls.O_NOFOLLOW);
        if (descriptor == -Errors.ENOENT) {
            worker.end(start, Outcome.OK, "open=ENOENT", Deed.read(object, Value.NONE));
        } else if (descriptor == -Errors.ELOOP) {
            readLink(worker, start, object);
        } else if (descriptor < 0) {
            worker.failed("open", descriptor);
        } else {
            long result = worker.calls().pread(descriptor, BYTES, 0);
            worker.calls().close(descriptor);
            if (result == 0) {
                worker.end(start, Outcome.OK, "open+pread=0-bytes", Deed.read(object, Value.OTHER));
            } else if (result > 0) {
                worker.endRead(start, "open+pread+close", object, result, BYTES);
            } else {
                worker.failed("pread", result);
            }
        }
    }

    /** It may have been replaced by a file since it was opened in vain; then nothing was seen. */
    private static void readLink(Worker worker, long start, String object) {
        long length = worker.calls().readlink(worker.path(object));
        if (length <= 0) {
            return;
        }
        byte[] target = worker.calls().data().asSlice(0, length).toArray(JAVA_BYTE);
        String text = new String(target, StandardCharsets.UTF_8);
        boolean isNumber = text.chars().allMatch(c -> c >= '0' && c <= '9');
        Value seen = isNumber ? new Value(Long.parseLong(text)) : Value.OTHER;
        worker.end(start, Outcome.OK, "readlink", Deed.read(object, seen));
    }

    @Override
    public void conclude(Worker worker) {
        Listing.judge(worker, prefix, own);
        for (OwnObjects objects : own) {
            objects.all().forEach(object -> read(worker, object));
        }
    }
}
