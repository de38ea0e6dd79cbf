package sprite.server.lock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import sprite.common.error.FsError;
import sprite.consistency.ClientId;

/**
 * What {@link LockSpace} must do, said as simply as possible: one cell for each byte, owner, file and kind. The last of
 * the bytes stands for all that follow. Confined to one test.
 */
final class NaiveLocks {
    static final int BYTES = 12;

    private final Map<Cell, LockType> cells = new HashMap<>();
    private final List<Wait> waits = new ArrayList<>();

    record Cell(LockWish.Place place, LockOwner owner, int at) {}

    record Wait(long ticket, LockWish wish) {}

    List<Answer> ask(long ticket, LockWish wish, boolean blocking) {
        List<Answer> answers = new ArrayList<>();
        if (wish.kind() == LockKind.FLOCK && typeAt(wish.place(), wish.owner(), 0) != wish.type()) {
            put(wish, LockType.UNLOCK);
            wake(answers);
        }
        if (blockers(wish).isEmpty()) {
            grant(new Wait(ticket, wish), answers);
            wake(answers);
        } else if (!blocking) {
            answers.add(new Answer(ticket, FsError.WOULD_BLOCK));
        } else if (closes(wish)) {
            answers.add(new Answer(ticket, FsError.DEADLOCK));
        } else {
            waits.add(new Wait(ticket, wish));
        }
        return answers;
    }

    boolean cancel(long ticket) {
        return waits.removeIf(wait -> wait.ticket() == ticket);
    }

    List<Answer> forget(ClientId client) {
        List<Answer> answers = new ArrayList<>();
        for (Wait wait : List.copyOf(waits)) {
            if (wait.wish().owner().client().equals(client)) {
                waits.remove(wait);
                answers.add(new Answer(wait.ticket(), FsError.STALE));
            }
        }
        cells.keySet().removeIf(cell -> cell.owner().client().equals(client));
        wake(answers);
        return answers;
    }

    List<Wait> waits() {
        return waits;
    }

    LockType typeAt(LockWish.Place place, LockOwner owner, int at) {
        return cells.getOrDefault(new Cell(place, owner, at), LockType.UNLOCK);
    }

    /** The owners that {@code wish} would wait for. */
    Set<Long> blockers(LockWish wish) {
        TreeSet<Long> blockers = new TreeSet<>();
        cells.forEach((cell, type) -> {
            if (cell.place().equals(wish.place())
                    && !cell.owner().equals(wish.owner())
                    && cell.at() >= wish.start()
                    && cell.at() <= wish.end()
                    && wish.type() != LockType.UNLOCK
                    && (type == LockType.EXCLUSIVE || wish.type() == LockType.EXCLUSIVE)) {
                blockers.add(cell.owner().owner());
            }
        });
        return blockers;
    }

    /** Whether waiting for {@code wish} would be a wait for oneself, by closing the relation until nothing is added. */
    boolean closes(LockWish wish) {
        Set<Long> reached = blockers(wish);
        int before;
        do {
            before = reached.size();
            for (Wait wait : waits) {
                if (wait.wish().kind() == LockKind.POSIX
                        && reached.contains(wait.wish().owner().owner())) {
                    reached.addAll(blockers(wait.wish()));
                }
            }
        } while (reached.size() > before);
        return wish.kind() == LockKind.POSIX && reached.contains(wish.owner().owner());
    }

    private void wake(List<Answer> answers) {
        boolean granted;
        do {
            granted = false;
            for (Wait wait : List.copyOf(waits)) {
                if (waits.contains(wait) && blockers(wait.wish()).isEmpty()) {
                    waits.remove(wait);
                    grant(wait, answers);
                    granted = true;
                }
            }
        } while (granted);
    }

    private void grant(Wait granted, List<Answer> answers) {
        put(granted.wish(), granted.wish().type());
        answers.add(new Answer(granted.ticket(), null));
        for (Wait wait : List.copyOf(waits)) {
            if (wait.wish().owner().equals(granted.wish().owner()) && closes(wait.wish())) {
                waits.remove(wait);
                answers.add(new Answer(wait.ticket(), FsError.DEADLOCK));
            }
        }
    }

    private void put(LockWish wish, LockType type) {
        for (int at = (int) wish.start(); at < BYTES && at <= wish.end(); at++) {
            Cell cell = new Cell(wish.place(), wish.owner(), at);
            if (type == LockType.UNLOCK) {
                cells.remove(cell);
            } else {
                cells.put(cell, type);
            }
        }
    }
}
