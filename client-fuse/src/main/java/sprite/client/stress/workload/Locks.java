package sprite.client.stress.workload;

import java.util.Locale;
import sprite.client.stress.Errors;
import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;

/**
 * Locks of five kinds, each around something that its holder reads and writes. Thread-safe: what a worker holds is its
 * own.
 */
final class Locks implements Workload {
    private static final int GUARDED_BYTES = 64;
    private static final String UNDO = "undo-";

    private final String prefix;
    private final PerWorker<Held> held = new PerWorker<>(Held::new);
    private final PerWorker<ProcessLock> processLocks;

    /** How programs exclude each other. */
    private enum Kind {
        FLOCK("flock"),
        FCNTL("fcntl(F_OFD_SETLKW)"),
        /** The classic ones, of the process. */
        PROCESS("fcntl(F_SETLKW)"),
        LOCK_FILE("open(O_EXCL)"),
        LOCK_DIRECTORY("mkdir");

        private final String call;

        Kind(String call) {
            this.call = call;
        }
    }

    Locks(String prefix) {
        this.prefix = prefix;
        processLocks = new PerWorker<>(() -> new ProcessLock(lock(Kind.PROCESS)));
    }

    private String lock(Kind kind) {
        return prefix + "/" + kind.name().toLowerCase(Locale.ROOT);
    }

    private String guarded(Kind kind) {
        return lock(kind) + "-guarded";
    }

    @Override
    public boolean prepare(Worker worker) {
        boolean made = Files.directory(worker, prefix);
        made &= Files.create(worker, lock(Kind.FLOCK)) && Files.create(worker, lock(Kind.FCNTL));
        made &= Files.create(worker, lock(Kind.PROCESS));
        for (Kind kind : Kind.values()) {
            made &= Files.create(worker, guarded(kind));
        }
        return made;
    }

    @Override
    public void step(Worker worker) {
        Kind kind = Kind.values()[worker.chance(Kind.values().length)];
        boolean isPossible = kind != Kind.PROCESS || worker.lockOwner().isAvailable();
        if (isPossible && take(worker, kind)) {
            use(worker, kind);
            give(worker, kind);
        }
    }

    private boolean take(Worker worker, Kind kind) {
        int descriptor = isFile(kind) ? held.of(worker).open(worker, "lock:", lock(kind), SystemCalls.O_RDWR) : 0;
        if (descriptor < 0) {
            return false;
        }
        String path = worker.path(lock(kind));
        long start = worker.begin();
        int result = switch (kind) {
            case FLOCK -> worker.calls().flock(descriptor, true);
            case FCNTL -> worker.calls().lockFile(descriptor, true);
            case PROCESS -> processLocks.of(worker).take(worker);
            case LOCK_FILE ->
                worker.calls().open(path, SystemCalls.O_CREAT | SystemCalls.O_EXCL | SystemCalls.O_WRONLY);
            case LOCK_DIRECTORY -> worker.calls().mkdir(path);
        };
        if (kind == Kind.LOCK_FILE && result >= 0) {
            worker.calls().close(result);
        }
        if (result == -Errors.EEXIST) {
            return false;
        }
        if (result < 0) {
            worker.failed(kind.call, result);
        }
        Outcome outcome =
                worker.end(start, Errors.ofChange(result), Files.call(kind.call, result), Deed.lock(lock(kind)));
        return outcome == Outcome.OK;
    }

    private static boolean isFile(Kind kind) {
        return kind == Kind.FLOCK || kind == Kind.FCNTL;
    }

    private void use(Worker worker, Kind kind) {
        Held mine = held.of(worker);
        int descriptor = mine.open(worker, "guarded:", guarded(kind), SystemCalls.O_RDWR);
        if (descriptor < 0) {
            return;
        }
        Files.readBlock(worker, descriptor, guarded(kind), 0, GUARDED_BYTES);
        Files.writeBlock(worker, descriptor, guarded(kind), 0, GUARDED_BYTES);
        if (worker.chance(3) == 0) {
            mine.close(worker, "guarded:", guarded(kind));
        }
    }

    private void give(Worker worker, Kind kind) {
        String path = worker.path(lock(kind));
        long start = worker.begin(); // if the descriptor has to be opened anew, the lock went with the old one
        int descriptor = isFile(kind) ? held.of(worker).open(worker, "lock:", lock(kind), SystemCalls.O_RDWR) : 0;
        int result = switch (kind) {
            case FLOCK -> worker.calls().flock(descriptor, false);
            case FCNTL -> worker.calls().lockFile(descriptor, false);
            case PROCESS -> processLocks.of(worker).give(worker);
            case LOCK_FILE -> worker.calls().unlink(path);
            case LOCK_DIRECTORY -> worker.calls().rmdir(path);
        };
        String call = UNDO + kind.call;
        if (result < 0) {
            worker.failed(call, result);
        }
        worker.end(start, Errors.ofChange(result), Files.call(call, result), Deed.unlock(lock(kind)));
    }

    @Override
    public void conclude(Worker worker) {
        held.of(worker).closeAll(worker);
        processLocks.of(worker).close(worker);
    }
}
