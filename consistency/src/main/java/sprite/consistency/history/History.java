package sprite.consistency.history;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * A whole history, or a window of a long one that shares no object with the others. Immutable.
 *
 * @param cast who took part
 * @param operations those of each process in their order
 */
public record History(Cast cast, List<Operation> operations, List<Crash> crashes) {
    /**
     * Who took part. Immutable.
     *
     * @param mounts by name: where they are, and of which type
     * @param processes by name: the name of the mount that they used
     */
    public record Cast(SortedMap<String, String> mounts, SortedMap<String, String> processes) {
        /** Where a process works, for people. */
        public String place(String process) {
            return mounts.getOrDefault(processes.getOrDefault(process, ""), "an unknown mount");
        }
    }

    /** The operations of each object, in the order in which objects first appear. */
    public Map<String, List<Operation>> byObject() {
        Map<String, List<Operation>> objects = new LinkedHashMap<>();
        for (Operation operation : operations) {
            objects.computeIfAbsent(operation.deed().object(), _ -> new ArrayList<>())
                    .add(operation);
        }
        return objects;
    }

    /**
     * That it can be judged: each object is of one kind, and either the order of its writes is told or no value is
     * written twice.
     */
    public void requireJudgeable() throws HistoryException {
        for (List<Operation> operationsOfOne : byObject().values()) {
            Judgeable.require(operationsOfOne);
        }
    }
}
