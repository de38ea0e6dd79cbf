package sprite.client.stress.workload;

import sprite.client.stress.SystemCalls;
import sprite.client.stress.Worker;

/**
 * A classic fcntl(2) lock as one worker has it. It is given back by unlocking, or by closing any descriptor of the
 * file, which programs do by accident. Confined to the worker.
 */
final class ProcessLock {
    private static final int CLOSED = -1;

    private final String name;
    private int descriptor = CLOSED;
    private int lives;

    ProcessLock(String name) {
        this.name = name;
    }

    /** Waits for it. Below 0: an error. */
    int take(Worker worker) {
        if (lives != worker.lives()) {
            lives = worker.lives();
            close(worker);
        }
        String path = worker.path(name);
        if (descriptor < 0) {
            descriptor = worker.lockOwner().call(calls -> calls.open(path, SystemCalls.O_RDWR));
        }
        int known = descriptor;
        return known < 0 ? known : worker.lockOwner().call(calls -> calls.lockFileAsProcess(known, true));
    }

    /** Below 0: an error. */
    int give(Worker worker) {
        if (worker.chance(4) == 0) {
            return close(worker);
        }
        int known = descriptor;
        if (worker.chance(3) == 0) {
            String path = worker.path(name);
            return worker.lockOwner().call(calls -> {
                int another = calls.open(path, SystemCalls.O_RDONLY);
                return another < 0 ? calls.lockFileAsProcess(known, false) : calls.close(another);
            });
        }
        return worker.lockOwner().call(calls -> calls.lockFileAsProcess(known, false));
    }

    int close(Worker worker) {
        int known = descriptor;
        descriptor = CLOSED;
        return known < 0 ? 0 : worker.lockOwner().call(calls -> calls.close(known));
    }
}
