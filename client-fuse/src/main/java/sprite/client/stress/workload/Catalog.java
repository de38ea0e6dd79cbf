package sprite.client.stress.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import sprite.client.stress.WorkloadKind;

/** The workloads that there are. No state. */
public final class Catalog {
    private static final List<WorkloadKind> SINGLE = List.of(
            new WorkloadKind("handoff", "write and close here, then at once open and read there", HandOff::new),
            new WorkloadKind("sharing", "reads and writes of blocks of files that all hold open", Sharing::new),
            new WorkloadKind("appends", "O_APPEND from everywhere, stat and tail", Appends::new),
            new WorkloadKind("locks", "flock, both kinds of fcntl, lock files and lock directories", Locks::new),
            new WorkloadKind("renames", "new files renamed over old ones that are open", Renames::new),
            new WorkloadKind("truncates", "sizes set from everywhere; data that comes and goes", Truncates::new),
            new WorkloadKind(
                    "directories", "names that come, go and move, seen by stat, open and readdir", Directories::new),
            new WorkloadKind("mmap", "blocks of files that are mapped shared", Mappings::new),
            new WorkloadKind(
                    "names", "create, unlink, rename, exchange, truncate, mmap in one small directory", Names::new));

    private static final WorkloadKind MIXED =
            new WorkloadKind("mixed", "all of these at the same time", prefix -> new Mixed(prefix, SINGLE));

    private Catalog() {}

    /** All, in the order in which they take turns. */
    public static List<WorkloadKind> all() {
        List<WorkloadKind> all = new ArrayList<>(SINGLE);
        all.add(MIXED);
        return List.copyOf(all);
    }

    /** The one of that name. */
    public static Optional<WorkloadKind> find(String name) {
        return all().stream().filter(kind -> kind.name().equals(name)).findFirst();
    }
}
