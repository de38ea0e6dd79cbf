package sprite.client.stress.workload;

import java.util.ArrayList;
import java.util.List;
import sprite.client.stress.Worker;
import sprite.client.stress.Workload;
import sprite.client.stress.WorkloadKind;

/** Several workloads at once; those that this file system cannot have are left out. Thread-safe: as they are. */
final class Mixed implements Workload {
    private final String prefix;
    private final List<WorkloadKind> kinds;

    /** Filled by {@link #prepare}, which is over when steps begin. */
    private final List<Workload> parts = new ArrayList<>();

    Mixed(String prefix, List<WorkloadKind> kinds) {
        this.prefix = prefix;
        this.kinds = kinds;
    }

    @Override
    public boolean prepare(Worker worker) {
        if (!Files.directory(worker, prefix)) {
            return false;
        }
        for (WorkloadKind kind : kinds) {
            Workload part = kind.maker().apply(prefix + "/" + kind.name());
            if (part.prepare(worker)) {
                parts.add(part);
            }
        }
        return !parts.isEmpty();
    }

    @Override
    public void step(Worker worker) {
        parts.get(worker.chance(parts.size())).step(worker);
    }

    @Override
    public void conclude(Worker worker) {
        parts.forEach(part -> part.conclude(worker));
    }
}
