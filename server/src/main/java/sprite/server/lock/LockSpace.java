package sprite.server.lock;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;

/**
 * All locks of a server, held and waited for, as a state machine without threads: every call says what it answered, and
 * to whom. A request is known by its ticket, a number that rises from one to the next.
 *
 * <p>Waits for byte ranges never form a cycle: a request that would close one is refused DEADLOCK, and so is a wait of
 * an owner that is granted something else, on another thread, which closes one. flock(2) knows no deadlocks. Confined
 * to whoever holds the lock of its {@link LockTable}.
 */
final class LockSpace {
    /** Without empty ones. Whoever waits somewhere waits for somebody who holds something there. */
    private final Map<LockWish.Place, HeldRanges> held = new LinkedHashMap<>();

    /** By ticket, in the order in which they came. Without empty queues. */
    private final Map<LockWish.Place, Map<Long, LockWish>> waiting = new LinkedHashMap<>();

    private final WaitGraph graph = new WaitGraph(held);

    /**
     * Asks for a lock. Others may be answered too, whose waits this ended; if {@code ticket} is not, it waits.
     *
     * @param blocking whether it may wait
     */
    List<Answer> ask(long ticket, LockWish wish, boolean blocking) {
        if (!wish.isSound()) {
            return List.of(new Answer(ticket, FsError.INVALID));
        }
        List<Answer> answers = new ArrayList<>();
        HeldRanges ranges = held.computeIfAbsent(wish.place(), _ -> new HeldRanges());
        if (wish.kind() == LockKind.FLOCK && !ranges.has(wish)) {
            ranges.release(wish);
            grantWaiting(List.of(wish.place()), answers); // between the halves of a conversion others come first
        }
        if (ranges.conflict(wish) == null) {
            grant(ranges, ticket, wish, answers);
            grantWaiting(List.of(wish.place()), answers);
        } else if (!blocking) {
            answers.add(new Answer(ticket, FsError.WOULD_BLOCK));
        } else if (wish.kind() == LockKind.POSIX && graph.wouldClose(wish)) {
            answers.add(new Answer(ticket, FsError.DEADLOCK));
        } else {
            startWaiting(ticket, wish);
        }
        forgetIfEmpty(wish.place());
        return answers;
    }

    /** Ends a wait without an answer; false if {@code ticket} does not wait (any more). */
    boolean cancel(long ticket, LockWish wish) {
        return stopWaiting(ticket, wish);
    }

    /** A lock of another owner that keeps {@code wish} from being granted; or null. */
    @Nullable
    HeldLock conflict(LockWish wish) {
        HeldRanges ranges = held.get(wish.place());
        return ranges == null || !wish.isSound() ? null : ranges.conflict(wish);
    }

    /** Takes all from a client; its waits are answered STALE. */
    List<Answer> forget(ClientId client) {
        return forget(client, List.copyOf(held.keySet()));
    }

    /** As {@link #forget(ClientId)}, in one file. */
    List<Answer> forget(ClientId client, FileId file) {
        return forget(
                client, List.of(new LockWish.Place(file, LockKind.FLOCK), new LockWish.Place(file, LockKind.POSIX)));
    }

    /** Number of stretches that are held. */
    int heldCount() {
        return held.values().stream().mapToInt(HeldRanges::size).sum();
    }

    /** Number of requests that wait. */
    int waitingCount() {
        return waiting.values().stream().mapToInt(Map::size).sum();
    }

    private List<Answer> forget(ClientId client, List<LockWish.Place> places) {
        List<Answer> answers = new ArrayList<>();
        // All waits first: a client that is gone must not be part of a deadlock.
        queueAt(places).forEach((ticket, wish) -> {
            if (wish.owner().client().equals(client) && stopWaiting(ticket, wish)) {
                answers.add(new Answer(ticket, FsError.STALE));
            }
        });
        List<LockWish.Place> released = new ArrayList<>();
        for (LockWish.Place place : places) {
            HeldRanges ranges = held.get(place);
            if (ranges != null && ranges.removeClient(client)) {
                released.add(place);
            }
        }
        grantWaiting(released, answers);
        released.forEach(this::forgetIfEmpty);
        return answers;
    }

    /** Asks again for everybody who waits at these places, which are in {@link #held}, in the order of arrival. */
    private void grantWaiting(List<LockWish.Place> places, List<Answer> answers) {
        boolean released;
        do {
            released = false;
            for (Map.Entry<Long, LockWish> entry : queueAt(places).entrySet()) {
                LockWish wish = entry.getValue();
                HeldRanges ranges = Objects.requireNonNull(held.get(wish.place()));
                if (ranges.conflict(wish) == null && stopWaiting(entry.getKey(), wish)) {
                    grant(ranges, entry.getKey(), wish, answers);
                    released |= wish.type() != LockType.EXCLUSIVE; // what was exclusive may be shared now
                }
            }
        } while (released);
    }

    private void grant(HeldRanges ranges, long ticket, LockWish wish, List<Answer> answers) {
        ranges.grant(wish);
        answers.add(new Answer(ticket, null));
        // New waits for this owner exist now. They close a cycle only if the owner itself waits, on another thread.
        graph.waitsOf(wish.owner()).forEach((otherTicket, other) -> {
            if (graph.wouldClose(other) && stopWaiting(otherTicket, other)) {
                answers.add(new Answer(otherTicket, FsError.DEADLOCK));
            }
        });
    }

    private void startWaiting(long ticket, LockWish wish) {
        waiting.computeIfAbsent(wish.place(), _ -> new LinkedHashMap<>()).put(ticket, wish);
        if (wish.kind() == LockKind.POSIX) {
            graph.add(ticket, wish);
        }
    }

    private boolean stopWaiting(long ticket, LockWish wish) {
        Map<Long, LockWish> queue = waiting.get(wish.place());
        if (queue == null || queue.remove(ticket) == null) {
            return false;
        }
        if (queue.isEmpty()) {
            waiting.remove(wish.place());
        }
        graph.remove(ticket, wish);
        return true;
    }

    /** Who waits at these places, in the order of arrival; a copy, for a walk that ends waits. */
    private SortedMap<Long, LockWish> queueAt(List<LockWish.Place> places) {
        SortedMap<Long, LockWish> queue = new TreeMap<>();
        places.forEach(place -> queue.putAll(waiting.getOrDefault(place, Map.of())));
        return queue;
    }

    private void forgetIfEmpty(LockWish.Place place) {
        HeldRanges ranges = held.get(place);
        if (ranges != null && ranges.isEmpty()) {
            held.remove(place);
        }
    }
}
