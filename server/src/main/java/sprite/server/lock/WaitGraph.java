package sprite.server.lock;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Who waits for whom to give back a byte range, over all files. The edges are not stored: they follow from what is
 * wanted and what is held at the moment. An owner whose threads wait for several ranges waits for all their holders.
 * Confined to its {@link LockSpace}.
 */
final class WaitGraph {
    private final Map<LockWish.Place, HeldRanges> held;
    private final Map<LockOwner, Map<Long, LockWish>> waits = new HashMap<>();

    /** A graph without waits over locks that others change. */
    WaitGraph(Map<LockWish.Place, HeldRanges> held) {
        this.held = held;
    }

    void add(long ticket, LockWish wish) {
        waits.computeIfAbsent(wish.owner(), _ -> new LinkedHashMap<>()).put(ticket, wish);
    }

    void remove(long ticket, LockWish wish) {
        Map<Long, LockWish> ofOwner = waits.get(wish.owner());
        if (ofOwner != null && ofOwner.remove(ticket) != null && ofOwner.isEmpty()) {
            waits.remove(wish.owner());
        }
    }

    /** What an owner waits for, by ticket; a copy. */
    Map<Long, LockWish> waitsOf(LockOwner owner) {
        return new LinkedHashMap<>(waits.getOrDefault(owner, Map.of()));
    }

    /** Whether one of those whom {@code wish} would wait for waits, directly or through others, for its owner. */
    boolean wouldClose(LockWish wish) {
        Set<LockOwner> seen = new HashSet<>();
        Deque<LockOwner> ahead = new ArrayDeque<>(blockers(wish));
        while (!ahead.isEmpty()) {
            LockOwner owner = ahead.removeFirst();
            if (owner.equals(wish.owner())) {
                return true;
            }
            if (seen.add(owner)) {
                Collection<LockWish> itsWaits =
                        waits.getOrDefault(owner, Map.of()).values();
                itsWaits.forEach(itsWish -> ahead.addAll(blockers(itsWish)));
            }
        }
        return false;
    }

    private List<LockOwner> blockers(LockWish wish) {
        HeldRanges ranges = held.get(wish.place());
        return ranges == null ? List.of() : ranges.blockers(wish);
    }
}
