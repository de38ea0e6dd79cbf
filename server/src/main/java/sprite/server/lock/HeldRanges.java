package sprite.server.lock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sprite.consistency.ClientId;

/**
 * Who holds which ranges of one file, in one family of locks: the algebra of fcntl(2). It carries out; whether a wish
 * conflicts with other owners must have been asked before. Owners are kept in the order in which they came, so that the
 * same calls give the same answers. Confined to its {@link LockSpace}.
 */
final class HeldRanges {
    private final Map<LockOwner, OwnedRanges> owners = new LinkedHashMap<>();

    boolean isEmpty() {
        return owners.isEmpty();
    }

    /** Number of stretches, of all owners. */
    int size() {
        return owners.values().stream().mapToInt(OwnedRanges::size).sum();
    }

    /** Makes what is wished what its owner holds. */
    void grant(LockWish wish) {
        set(wish.owner(), new OwnedRanges.Range(wish.type(), wish.start(), wish.end(), wish.pid()));
    }

    /** Takes the wished range from the wish's owner, whatever it holds there. */
    void release(LockWish wish) {
        set(wish.owner(), new OwnedRanges.Range(LockType.UNLOCK, wish.start(), wish.end(), wish.pid()));
    }

    /** Takes all that a client's owners hold; whether that was anything. */
    boolean removeClient(ClientId client) {
        return owners.keySet().removeIf(owner -> owner.client().equals(client));
    }

    /** Whether the owner has the wished range already, all of it and of the wished type. */
    boolean has(LockWish wish) {
        OwnedRanges ranges = owners.get(wish.owner());
        return ranges != null && ranges.covers(wish.type(), wish.start(), wish.end());
    }

    /** A lock of another owner that stands in the way; or null. */
    @Nullable
    HeldLock conflict(LockWish wish) {
        for (Map.Entry<LockOwner, OwnedRanges> other : owners.entrySet()) {
            OwnedRanges.Range range = conflicting(other, wish);
            if (range != null) {
                return new HeldLock(other.getKey(), range.type(), range.start(), range.end(), range.pid());
            }
        }
        return null;
    }

    /** All other owners whose locks stand in the way. */
    List<LockOwner> blockers(LockWish wish) {
        List<LockOwner> blockers = new ArrayList<>();
        for (Map.Entry<LockOwner, OwnedRanges> other : owners.entrySet()) {
            if (conflicting(other, wish) != null) {
                blockers.add(other.getKey());
            }
        }
        return blockers;
    }

    private static OwnedRanges.@Nullable Range conflicting(Map.Entry<LockOwner, OwnedRanges> other, LockWish wish) {
        return other.getKey().equals(wish.owner())
                ? null
                : other.getValue().conflicting(wish.type(), wish.start(), wish.end());
    }

    private void set(LockOwner owner, OwnedRanges.Range range) {
        OwnedRanges ranges = owners.computeIfAbsent(owner, _ -> new OwnedRanges());
        ranges.set(range);
        if (ranges.isEmpty()) {
            owners.remove(owner);
        }
    }
}
