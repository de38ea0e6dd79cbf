package sprite.client.stress.workload;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/**
 * One small directory, in which everybody creates, removes, renames, exchanges, cuts, maps and lists files as fast as
 * that goes: what waits for each other in a circle is most likely to meet here. Names of a worker's own are judged;
 * what is known of one is the size of its file, since that tells apart what create and truncate, rename and exchange
 * have brought there. Names that all change at once only have to answer. Thread-safe: what a worker holds is its own.
 */
final class Names implements Workload {
    private static final int CONTENDED = 4;
    private static final int MAPPED_BYTES = 4096;

    /** Of a file that was just created. */
    private static final Value EMPTY = new Value(0);

    private final String prefix;
    private final List<OwnObjects> own;

    /**
     * Names whose files have come from another name. Those keep their sizes: stat(2) finds a file by its name and then
     * asks for its size, on every file system, and a file that is moved and cut in between would show a size that the
     * name never had.
     */
    private final PerWorker<Set<String>> moved = new PerWorker<>(HashSet::new);

    /** Set by {@link #prepare}, which is over when steps begin. */
    private boolean canExchange;

    private boolean canMap;

    Names(String prefix) {
        this.prefix = prefix;
        this.own = List.of(new OwnObjects(prefix + "/x"), new OwnObjects(prefix + "/y"));
    }

    @Override
    public boolean prepare(Worker worker) {
        String one = prefix + "/one";
        String other = prefix + "/other";
        boolean made = Files.directory(worker, prefix) && Files.create(worker, one) && Files.create(worker, other);
        canExchange = made && worker.calls().exchange(worker.path(one), worker.path(other)) == 0;
        canMap = made && Mappings.canMap(worker, one);
        return made && worker.calls().unlink(worker.path(one)) + worker.calls().unlink(worker.path(other)) == 0;
    }

    @Override
    public void step(Worker worker) {
        int which = worker.chance(own.size());
        switch (worker.chance(8)) {
            case 0, 1 -> change(worker, own.get(which));
            case 2 -> move(worker, own.get(which), own.get(1 - which));
            case 3 -> Listing.judge(worker, prefix, own);
            case 4, 5 -> own.get(which).any(worker).ifPresent(object -> stat(worker, object));
            default -> contend(worker);
        }
    }

    /** Creates an own name, gives its file another size, or removes it. */
    private void change(Worker worker, OwnObjects objects) {
        OwnObjects.Own mine = objects.of(worker);
        String path = worker.path(mine.object());
        boolean isThere = !mine.last().equals(Value.NONE);
        long start = worker.begin();
        if (!isThere) {
            int descriptor = worker.calls().open(path, SystemCalls.O_WRONLY | SystemCalls.O_CREAT | SystemCalls.O_EXCL);
            moved.of(worker).remove(mine.object());
            changed(worker, start, "open(O_EXCL)", descriptor, objects, EMPTY);
            if (descriptor >= 0) {
                worker.calls().close(descriptor);
            }
        } else if (worker.chance(2) == 0 && !moved.of(worker).contains(mine.object())) {
            long size = worker.newValue();
            changed(worker, start, "truncate", worker.calls().truncate(path, size), objects, new Value(size));
        } else {
            changed(worker, start, "unlink", worker.calls().unlink(path), objects, Value.NONE);
        }
    }

    private static void changed(Worker worker, long start, String call, long result, OwnObjects objects, Value value) {
        OwnObjects.Own mine = objects.of(worker);
        if (result < 0) {
            worker.failed(call, result);
        }
        Deed deed = Deed.write(mine.object(), value, mine.nextIndex());
        Outcome outcome = worker.end(start, Errors.ofChange(result), Files.call(call, result), deed);
        objects.changed(worker, value, outcome);
    }

    /** Renames an own name to another, or exchanges the two if both are there: two changes at once. */
    private void move(Worker worker, OwnObjects from, OwnObjects to) {
        OwnObjects.Own source = from.of(worker);
        OwnObjects.Own target = to.of(worker);
        Value brought = source.last();
        if (brought.equals(Value.NONE)) {
            return;
        }
        boolean exchange = canExchange && !target.last().equals(Value.NONE) && worker.chance(2) == 0;
        Value left = exchange ? target.last() : Value.NONE;
        String call = exchange ? "renameat2(RENAME_EXCHANGE)" : "rename";
        String old = worker.path(source.object());
        String young = worker.path(target.object());
        moved.of(worker).addAll(List.of(source.object(), target.object()));
        long start = worker.begin();
        int result =
                exchange ? worker.calls().exchange(old, young) : worker.calls().rename(old, young);
        if (result < 0) {
            worker.failed(call, result);
        }
        Outcome outcome = worker.end(
                start,
                Errors.ofChange(result),
                Files.call(call, result),
                Deed.write(source.object(), left, source.nextIndex()),
                Deed.write(target.object(), brought, target.nextIndex()));
        from.changed(worker, left, outcome);
        to.changed(worker, brought, outcome);
    }

    private static void stat(Worker worker, String object) {
        long start = worker.begin();
        long size = worker.calls().size(worker.path(object));
        if (size < 0 && size != -Errors.ENOENT) {
            worker.failed("stat", size);
            return;
        }
        Value seen = size < 0 ? Value.NONE : new Value(size);
        worker.end(start, Outcome.OK, Files.call("stat", size), Deed.read(object, seen));
    }

    /** Does something to a name to which others do the same; that it is not there, or is, is no fault. */
    private void contend(Worker worker) {
        int which = worker.chance(CONTENDED);
        String name = worker.path(contended(which));
        String other = worker.path(contended((which + 1 + worker.chance(CONTENDED - 1)) % CONTENDED));
        worker.begin();
        switch (worker.chance(6)) {
            case 0 -> answered(worker, "unlink", worker.calls().unlink(name));
            case 1 -> answered(worker, "rename", worker.calls().rename(name, other));
            case 2 -> answered(worker, "truncate", worker.calls().truncate(name, worker.chance(2 * MAPPED_BYTES)));
            case 3 -> {
                if (canExchange) {
                    answered(worker, "exchange", worker.calls().exchange(name, other));
                }
            }
            default -> use(worker, name);
        }
    }

    private String contended(int which) {
        return prefix + "/all" + which;
    }

    private static void answered(Worker worker, String call, long result) {
        if (result < 0 && result != -Errors.ENOENT) {
            worker.failed(call, result);
        }
    }

    /** Creates it, unless it is there, and stores and loads through a mapping, which others may cut meanwhile. */
    private void use(Worker worker, String name) {
        SystemCalls calls = worker.calls();
        int descriptor = calls.open(name, SystemCalls.O_RDWR | SystemCalls.O_CREAT);
        if (descriptor < 0) {
            worker.failed("open", descriptor);
            return;
        }
        if (canMap) {
            Files.map(worker, descriptor, MAPPED_BYTES, address -> {
                cut(worker, "store", calls.store(worker.memoryFile(), address, Long.BYTES));
                cut(worker, "load", calls.load(worker.memoryFile(), address, Long.BYTES));
            });
        } else {
            answered(worker, "pwrite", calls.pwrite(descriptor, Long.BYTES, 0));
        }
        calls.close(descriptor);
    }

    /** A page beyond the end of a file cannot be touched. */
    private static void cut(Worker worker, String call, long result) {
        if (result < 0 && result != -Errors.EFAULT) {
            worker.failed(call, result);
        }
    }

    @Override
    public void conclude(Worker worker) {
        Listing.judge(worker, prefix, own);
        own.forEach(objects -> objects.all().forEach(object -> stat(worker, object)));
    }
}
