package sprite.client.space;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import sprite.client.box.KeptLocks;
import sprite.client.fs.LockRequest;
import sprite.common.name.FileId;
import sprite.common.wire.proto.FormerLock;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/**
 * The advisory locks that processes of this host hold, or may hold, as the servers have them: so that the many closes
 * of files without locks cost no message, and a server that restarts can be told. Thread-safe: changes of one file's
 * locks are steps of a concurrent map.
 */
final class HeldLocks {
    private final Map<FileId, Map<Owner, Possession>> files = new ConcurrentHashMap<>();
    private final KeptLocks kept;

    HeldLocks(KeptLocks kept) {
        this.kept = kept;
    }

    /** Who holds a lock. Immutable. */
    record Owner(LockKind kind, long owner) {
        static Owner of(LockRequest lock) {
            return new Owner(lock.kind(), lock.owner());
        }
    }

    /**
     * What an owner holds, in disjoint ranges. Immutable.
     *
     * @param handle through which it asked last
     * @param asking requests for a lock that are not answered yet: what they bring is remembered in any case
     */
    private record Possession(long handle, List<Range> ranges, int asking) {}

    /** A lock, and the handle through which it was taken. Immutable. */
    private record Range(LockRequest lock, long handle) {
        Range part(long start, long end) {
            return new Range(
                    new LockRequest(lock.kind(), lock.type(), lock.owner(), start, end, lock.blocking(), lock.pid()),
                    handle);
        }
    }

    /**
     * The owner asks for a lock through a handle: from now on it may hold it, whether or not it hears of it. To be
     * followed by {@link #answered}.
     */
    void wanted(FileId file, LockRequest lock, long handle) {
        var _ = files.compute(file, (_, known) -> {
            Map<Owner, Possession> owners = known == null ? new HashMap<>() : known;
            Possession before = owners.getOrDefault(Owner.of(lock), new Possession(handle, List.of(), 0));
            List<Range> ranges = new ArrayList<>();
            if (lock.kind() != LockKind.FLOCK) { // whose conversion gives the old lock up first, even if it fails then
                for (Range range : before.ranges()) {
                    ranges.addAll(outside(range, lock));
                    inside(range, lock)
                            .map(part -> new Range(part.lock(), handle))
                            .ifPresent(ranges::add);
                }
            }
            owners.put(Owner.of(lock), new Possession(handle, List.copyOf(ranges), before.asking() + 1));
            keep(file, owners);
            return owners;
        });
    }

    /** A request for a lock is over; if it succeeded, {@link #done} was told before. */
    void answered(FileId file, Owner owner) {
        var _ = files.computeIfPresent(file, (_, owners) -> {
            var _ = owners.computeIfPresent(
                    owner, (_, held) -> new Possession(held.handle(), held.ranges(), held.asking() - 1));
            return owners;
        });
    }

    /** The server has done what was asked through a handle: the range is now locked so, or free. */
    void done(FileId file, LockRequest change, long handle) {
        var _ = files.computeIfPresent(file, (_, owners) -> {
            var _ = owners.computeIfPresent(Owner.of(change), (_, before) -> {
                List<Range> ranges = new ArrayList<>();
                before.ranges().forEach(range -> ranges.addAll(outside(range, change)));
                if (change.type() != LockType.UNLOCK) {
                    ranges.add(new Range(change, handle));
                }
                return new Possession(before.handle(), List.copyOf(ranges), before.asking());
            });
            keep(file, owners);
            return owners;
        });
    }

    /**
     * The owner gives up everything. Returns how to unlock that; nothing, if it cannot have held anything.
     *
     * @param leaving told of the owner if it may have, before a {@link #wanted} that comes later returns
     */
    Unlocks forget(FileId file, Owner owner, Consumer<Owner> leaving) {
        List<LockRequest> unlocks = new ArrayList<>();
        List<Runnable> done = new ArrayList<>();
        var _ = files.computeIfPresent(file, (_, owners) -> {
            if (owners.containsKey(owner)) {
                unlocks.add(unlock(owner, 0, Long.MAX_VALUE));
                giveUp(owners, owner, leaving);
                done.add(owe(file, unlocks));
                keep(file, owners);
            }
            return owners.isEmpty() ? null : owners;
        });
        return new Unlocks(unlocks, () -> done.forEach(Runnable::run));
    }

    /**
     * Nobody has the handle any more. What was locked through it and is still remembered belonged to it, not to a
     * process: a process gave its locks up when it closed its descriptor. Returns how to unlock that. The kernel may
     * give the next open file the owner of one that is gone, so what was locked through another handle stays; so does
     * what another handle asks for meanwhile, even if it is refused.
     *
     * @param leaving told of every owner that gives something up, before a {@link #wanted} that comes later returns
     */
    Unlocks released(FileId file, long handle, Consumer<Owner> leaving) {
        List<LockRequest> unlocks = new ArrayList<>();
        List<Runnable> done = new ArrayList<>();
        var _ = files.computeIfPresent(file, (_, owners) -> {
            for (Map.Entry<Owner, Possession> entry : List.copyOf(owners.entrySet())) {
                Owner owner = entry.getKey();
                Possession held = entry.getValue();
                if (held.handle() == handle) { // it may hold more than it has heard of
                    unlocks.add(unlock(owner, 0, Long.MAX_VALUE));
                    giveUp(owners, owner, leaving);
                    continue;
                }
                List<Range> staying = new ArrayList<>();
                for (Range range : held.ranges()) {
                    if (range.handle() == handle) {
                        unlocks.add(
                                unlock(owner, range.lock().start(), range.lock().end()));
                    } else {
                        staying.add(range);
                    }
                }
                if (staying.size() < held.ranges().size()) {
                    leaving.accept(owner);
                    owners.put(owner, new Possession(held.handle(), List.copyOf(staying), held.asking()));
                }
            }
            if (!unlocks.isEmpty()) {
                done.add(owe(file, unlocks));
                keep(file, owners);
            }
            return owners.isEmpty() ? null : owners;
        });
        return new Unlocks(unlocks, () -> done.forEach(Runnable::run));
    }

    /** What has to be unlocked, and what is to be run when it is. Immutable. */
    record Unlocks(List<LockRequest> requests, Runnable done) {}

    /** Kept before what is held is forgotten. */
    private Runnable owe(FileId file, List<LockRequest> unlocks) {
        return !kept.isKept()
                ? () -> {}
                : kept.owes(unlocks.stream()
                        .map(unlock -> Locking.toWire(file, unlock).build())
                        .toList());
    }

    /** With the file's entry locked, after each change of it. */
    private void keep(FileId file, Map<Owner, Possession> owners) {
        if (kept.isKept()) {
            kept.are(file, left(file, owners));
        }
    }

    private static List<FormerLock> left(FileId file, Map<Owner, Possession> owners) {
        List<FormerLock> all = new ArrayList<>();
        for (Possession held : owners.values()) {
            for (Range range : held.ranges()) {
                all.add(FormerLock.newBuilder()
                        .setLock(Locking.toWire(file, range.lock()).setWait(false))
                        .setHandle(range.handle())
                        .setLastHandle(held.handle())
                        .build());
            }
        }
        return all;
    }

    private static void giveUp(Map<Owner, Possession> owners, Owner owner, Consumer<Owner> leaving) {
        leaving.accept(owner);
        var _ = owners.computeIfPresent(
                owner,
                (_, held) -> held.asking() == 0 ? null : new Possession(held.handle(), List.of(), held.asking()));
    }

    static LockRequest unlock(Owner owner, long start, long end) {
        return new LockRequest(owner.kind(), LockType.UNLOCK, owner.owner(), start, end, false, 0);
    }

    /** Everything that is held in one domain, a range at a time. */
    void forEach(int domain, BiConsumer<FileId, LockRequest> visitor) {
        for (FileId file : files.keySet()) {
            if (file.domain() == domain) {
                List<LockRequest> held = new ArrayList<>();
                var _ = files.computeIfPresent(file, (_, owners) -> {
                    owners.values().forEach(possession -> possession.ranges().forEach(range -> held.add(range.lock())));
                    return owners;
                });
                held.forEach(lock -> visitor.accept(file, lock));
            }
        }
    }

    /** Everything that is held, for this client's next life. */
    List<FormerLock> leave() {
        List<FormerLock> all = new ArrayList<>();
        files.forEach((file, owners) -> all.addAll(left(file, owners)));
        return all;
    }

    /** What was held at the end of this client's life before is held. */
    void inherit(List<FormerLock> former) {
        for (FormerLock left : former) {
            Lock told = left.getLock();
            var lock = new LockRequest(
                    told.getKind(),
                    told.getType(),
                    told.getOwner(),
                    told.getStart(),
                    told.getEnd(),
                    false,
                    told.getPid());
            var _ = files.compute(Trusted.file(told.getFile()), (_, known) -> {
                Map<Owner, Possession> owners = known == null ? new HashMap<>() : known;
                Possession before = owners.getOrDefault(Owner.of(lock), new Possession(0, List.of(), 0));
                List<Range> ranges = new ArrayList<>(before.ranges());
                ranges.add(new Range(lock, left.getHandle()));
                owners.put(Owner.of(lock), new Possession(left.getLastHandle(), List.copyOf(ranges), 0));
                keep(Trusted.file(told.getFile()), owners);
                return owners;
            });
        }
    }

    private static List<Range> outside(Range range, LockRequest cut) {
        LockRequest lock = range.lock();
        if (lock.end() < cut.start() || lock.start() > cut.end()) {
            return List.of(range);
        }
        List<Range> parts = new ArrayList<>(2);
        if (lock.start() < cut.start()) {
            parts.add(range.part(lock.start(), cut.start() - 1));
        }
        if (lock.end() > cut.end()) {
            parts.add(range.part(cut.end() + 1, lock.end()));
        }
        return parts;
    }

    private static Optional<Range> inside(Range range, LockRequest cut) {
        long start = Math.max(range.lock().start(), cut.start());
        long end = Math.min(range.lock().end(), cut.end());
        return start > end ? Optional.empty() : Optional.of(range.part(start, end));
    }
}
