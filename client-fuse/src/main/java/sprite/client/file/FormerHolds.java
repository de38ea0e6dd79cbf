package sprite.client.file;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.client.box.CallTrail;
import sprite.client.box.Trails;
import sprite.client.call.Call;
import sprite.client.session.ServerLink;

/**
 * Files that were held still for calls of this client's life before, until those are carried out once more: a server
 * may have truncated such a file, so that what was written to it before must not get home. Thread-safe: a concurrent
 * map, and counts under the files' locks.
 */
final class FormerHolds {
    /** By the numbers of the calls. */
    private final Map<Long, Holding> held = new ConcurrentHashMap<>();

    /** What a call holds still, and what it has asked. Immutable. */
    private record Holding(CachedFile file, List<CallTrail.Step> steps) {}

    /** By what the calls have asked. */
    private final Map<CallTrail.Step, Asked> asked = new ConcurrentHashMap<>();

    /** Of which file, and whether the server is known to have done it. Confined to the lock of the file. */
    private static final class Asked {
        final CachedFile file;
        boolean done;

        Asked(CachedFile file) {
            this.file = file;
        }
    }

    /** A file stays still. */
    void begin(long call, CachedFile file, Former former, List<CallTrail.Step> steps) {
        file.lock.lock();
        try {
            file.changes++;
            former.changes++;
            held.put(Trails.key(call), new Holding(file, steps));
            steps.forEach(step -> asked.put(step, new Asked(file)));
        } finally {
            file.lock.unlock();
        }
    }

    /** A server has done what a call asked, before whatever it says next: see {@link Former#cut}. */
    void answeredBefore(ServerLink link, long seq) {
        asked.forEach((step, what) -> {
            if (step.number() == seq && what.file.link.equals(link)) {
                cut(what, true);
            }
        });
    }

    /** The kernel has the answer to the call that asked: what the server has done is done here, too. */
    void answered(CallTrail.Step step) {
        Asked what = asked.remove(step);
        if (what != null) {
            cut(what, false);
        }
    }

    private static void cut(Asked what, boolean done) {
        CachedFile file = what.file;
        file.lock.lock();
        try {
            Former former = file.former;
            if (former != null && what.done != done) {
                what.done = done;
                former.cut += done ? 1 : -1;
                file.changed.signalAll();
            }
        } finally {
            file.lock.unlock();
        }
    }

    /** The current call holds a file now, or did in the life before. */
    void renewed(CachedFile file) {
        Call call = held.isEmpty() ? null : Call.current();
        if (call == null) {
            return;
        }
        long number = Trails.key(call.number());
        Holding before = held.get(number);
        if (before != null && before.file.equals(file) && held.remove(number, before)) {
            letGo(file);
        }
    }

    /** Calls that were not asked for again had been answered. */
    void end() {
        for (Map.Entry<Long, Holding> rest : List.copyOf(held.entrySet())) {
            if (held.remove(rest.getKey(), rest.getValue())) {
                rest.getValue().steps.forEach(this::answered);
                letGo(rest.getValue().file);
            }
        }
    }

    private static void letGo(CachedFile file) {
        file.lock.lock();
        try {
            file.changes--;
            @Nullable Former former = file.former;
            if (former != null) {
                former.changes--;
            }
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
    }
}
