package sprite.client.stress;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to run. Immutable.
 *
 * @param mounts directories that show the same files, at least one
 * @param workloads take turns, a window each
 * @param length of the whole; a window that has begun is finished
 * @param window how long a workload runs before the next
 * @param processes on each mount
 * @param seed of all chance but that of the threads' timing
 * @param disturbance a shell command that kills the daemon of {@code $MOUNT} and mounts it again, once in every window;
 *     null: nobody is disturbed
 */
public record StressPlan(
        List<Path> mounts,
        List<WorkloadKind> workloads,
        Duration length,
        Duration window,
        int processes,
        long seed,
        @Nullable String disturbance) {
    public StressPlan {
        mounts = List.copyOf(mounts);
        workloads = List.copyOf(workloads);
        if (mounts.isEmpty() || workloads.isEmpty() || processes < 1) {
            throw new IllegalArgumentException("nothing to run");
        }
    }
}
