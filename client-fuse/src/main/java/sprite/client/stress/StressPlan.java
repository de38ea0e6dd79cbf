package sprite.client.stress;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What to run. Immutable.
 *
 * @param mounts directories that show the same files, at least one
 * @param names of the mounts, for people; none: letters
 * @param workloads take turns, a window each
 * @param length of the whole; a window that has begun is finished
 * @param window how long a workload runs before the next
 * @param windowsMin how many windows there are at least, however long they take
 * @param processes on each mount
 * @param seed of all chance but that of the threads' timing
 * @param troubles what goes wrong on the way
 * @param watchdog how long a system call may take before it is told of; zero: as long as it likes
 */
public record StressPlan(
        List<Path> mounts,
        List<String> names,
        List<WorkloadKind> workloads,
        Duration length,
        Duration window,
        int windowsMin,
        int processes,
        long seed,
        Troubles troubles,
        Duration watchdog) {
    public StressPlan {
        mounts = List.copyOf(mounts);
        names = List.copyOf(names);
        workloads = List.copyOf(workloads);
        if (mounts.isEmpty() || workloads.isEmpty() || windowsMin < 1 || processes < 1 || watchdog.isNegative()) {
            throw new IllegalArgumentException("nothing to run");
        }
        if (!names.isEmpty() && names.size() != mounts.size()) {
            throw new IllegalArgumentException(names.size() + " names for " + mounts.size() + " mounts");
        }
    }
}
