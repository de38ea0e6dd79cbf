package sprite.client.stress.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import sprite.client.stress.Worker;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/** What readdir(3) says of a directory in which everybody works. No state. */
final class Listing {
    private Listing() {}

    /**
     * Lists the directory {@code prefix}, and notes of each object that anybody has had there whether it was listed.
     *
     * @param own what workers have in it
     */
    static void judge(Worker worker, String prefix, List<OwnObjects> own) {
        List<String> known = new ArrayList<>();
        own.forEach(objects -> known.addAll(objects.all()));
        long start = worker.begin();
        String[] names = worker.calls().list(worker.path(prefix));
        if (names == null || known.isEmpty()) {
            return;
        }
        Set<String> there = Set.of(names);
        List<Deed> deeds = new ArrayList<>();
        for (String object : known) {
            boolean isThere = there.contains(object.substring(prefix.length() + 1));
            deeds.add(Deed.read(object, isThere ? Value.SOME : Value.NONE));
        }
        worker.end(start, Outcome.OK, "readdir", deeds);
    }
}
