package sprite.client.space;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import sprite.client.fs.LockRequest;
import sprite.common.name.FileId;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/**
 * The advisory locks that processes of this host hold, or may hold, as the servers have them: so that the many closes
 * of files without locks cost no message, and a server that restarts can be told. Thread-safe: changes of one file's
 * locks are steps of a concurrent map.
 */
final class HeldLocks {
    private final Map<FileId, Map<Owner, List<LockRequest>>> files = new ConcurrentHashMap<>();

    /** Who holds a lock. Immutable. */
    record Owner(LockKind kind, long owner) {
        static Owner of(LockRequest lock) {
            return new Owner(lock.kind(), lock.owner());
        }
    }

    /** The owner asks for a lock: from now on it may hold one, whether or not it hears of it. */
    void wanted(FileId file, Owner owner) {
        var _ = files.compute(file, (_, known) -> {
            Map<Owner, List<LockRequest>> owners = known == null ? new HashMap<>() : known;
            if (owner.kind() == LockKind.FLOCK) {
                owners.put(owner, List.of()); // a conversion gives the old lock up first, whether or not it succeeds
            } else {
                var _ = owners.putIfAbsent(owner, List.of());
            }
            return owners;
        });
    }

    /** The server has done what was asked: the range is now locked so, or free. */
    void done(FileId file, LockRequest change) {
        var _ = files.computeIfPresent(file, (_, owners) -> {
            var _ = owners.computeIfPresent(Owner.of(change), (_, before) -> after(before, change));
            return owners;
        });
    }

    /** The owner gives up everything; returns whether it may have held anything. */
    boolean forget(FileId file, Owner owner) {
        boolean[] held = new boolean[1];
        var _ = files.computeIfPresent(file, (_, owners) -> {
            held[0] = owners.remove(owner) != null;
            return owners.isEmpty() ? null : owners;
        });
        return held[0];
    }

    /** Everything that is held in one domain, a range at a time. */
    void forEach(int domain, BiConsumer<FileId, LockRequest> visitor) {
        for (FileId file : files.keySet()) {
            if (file.domain() == domain) {
                List<LockRequest> held = new ArrayList<>();
                var _ = files.computeIfPresent(file, (_, owners) -> {
                    owners.values().forEach(held::addAll);
                    return owners;
                });
                held.forEach(lock -> visitor.accept(file, lock));
            }
        }
    }

    /** What is left of {@code before}, disjoint ranges of one owner, and what {@code change} adds to it. */
    private static List<LockRequest> after(List<LockRequest> before, LockRequest change) {
        List<LockRequest> after = new ArrayList<>(before.size() + 2);
        for (LockRequest lock : before) {
            if (lock.end() < change.start() || lock.start() > change.end()) {
                after.add(lock);
                continue;
            }
            if (lock.start() < change.start()) {
                after.add(part(lock, lock.start(), change.start() - 1));
            }
            if (lock.end() > change.end()) {
                after.add(part(lock, change.end() + 1, lock.end()));
            }
        }
        if (change.type() != LockType.UNLOCK) {
            after.add(change);
        }
        return List.copyOf(after);
    }

    private static LockRequest part(LockRequest lock, long start, long end) {
        return new LockRequest(lock.kind(), lock.type(), lock.owner(), start, end, lock.blocking(), lock.pid());
    }
}
