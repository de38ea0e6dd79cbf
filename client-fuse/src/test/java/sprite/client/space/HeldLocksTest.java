package sprite.client.space;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import sprite.client.box.Box;
import sprite.client.box.KeptLocks;
import sprite.client.fs.LockRequest;
import sprite.common.name.FileId;
import sprite.common.wire.proto.LockKind;
import sprite.common.wire.proto.LockType;

/** What is unlocked when the last descriptor of an open file is closed. */
final class HeldLocksTest {
    private static final FileId FILE = new FileId(1, 7);
    private static final long OWNER = 100;

    private final HeldLocks held = new HeldLocks(new KeptLocks(Box.NONE));
    private final List<HeldLocks.Owner> leaving = new ArrayList<>();

    private static LockRequest posix(LockType type, long start, long end) {
        return new LockRequest(LockKind.POSIX, type, OWNER, start, end, false, 1);
    }

    private void lock(long handle, long start, long end) {
        LockRequest lock = posix(LockType.EXCLUSIVE, start, end);
        held.wanted(FILE, lock, handle);
        held.done(FILE, lock, handle);
        held.answered(FILE, HeldLocks.Owner.of(lock));
    }

    private List<LockRequest> released(long handle) {
        return held.released(FILE, handle, leaving::add).requests();
    }

    private Set<String> remembered() {
        Set<String> ranges = new HashSet<>();
        held.forEach(FILE.domain(), (_, lock) -> ranges.add(lock.start() + "-" + lock.end()));
        return ranges;
    }

    private static LockRequest unlock(long start, long end) {
        return new LockRequest(LockKind.POSIX, LockType.UNLOCK, OWNER, start, end, false, 0);
    }

    @Test
    void givesUpAllThatWasAskedForThroughTheHandle() {
        lock(1, 0, 9);
        LockRequest interrupted = posix(LockType.EXCLUSIVE, 20, 29); // nobody knows whether it is held
        held.wanted(FILE, interrupted, 1);
        held.answered(FILE, HeldLocks.Owner.of(interrupted));
        assertEquals(List.of(unlock(0, Long.MAX_VALUE)), released(1));
        assertEquals(Set.of(), remembered());
        assertEquals(List.of(), released(1));
    }

    @Test
    void leavesWhatALaterHandleOfTheSameOwnerLocked() {
        lock(1, 0, 9);
        lock(1, 30, 39);
        lock(2, 20, 29);
        lock(2, 35, 44);
        assertEquals(Set.of(unlock(0, 9), unlock(30, 34)), Set.copyOf(released(1)));
        assertEquals(Set.of("20-29", "35-44"), remembered());
    }

    @Test
    void countsARangeAsTheLaterHandlesFromTheMomentItAsks() {
        lock(1, 0, 9);
        held.wanted(FILE, posix(LockType.SHARED, 5, 20), 2); // on its way: an unlock of 5 to 9 might come behind it
        assertEquals(List.of(unlock(0, 4)), released(1));
        assertEquals(Set.of("5-9"), remembered());
    }

    @Test
    void doesNotTouchOtherOwners() {
        lock(1, 0, 9);
        LockRequest another = posix(LockType.SHARED, 50, 59).ownedBy(OWNER + 1);
        held.wanted(FILE, another, 2);
        held.done(FILE, another, 2);
        assertEquals(List.of(unlock(0, Long.MAX_VALUE).ownedBy(OWNER + 1)), released(2));
        assertEquals(Set.of("0-9"), remembered());
    }

    @Test
    void remembersWhatIsGrantedAfterTheOwnerGaveUp() {
        HeldLocks.Owner owner = new HeldLocks.Owner(LockKind.POSIX, OWNER);
        LockRequest late = posix(LockType.EXCLUSIVE, 0, 9);
        held.wanted(FILE, late, 1);
        assertEquals(
                1,
                held.forget(FILE, owner, leaving::add)
                        .requests()
                        .size()); // another thread closed a descriptor of the file
        held.done(FILE, late, 1);
        held.answered(FILE, owner);
        assertEquals(Set.of("0-9"), remembered());
        assertEquals(1, held.forget(FILE, owner, leaving::add).requests().size());
        assertEquals(0, held.forget(FILE, owner, leaving::add).requests().size());
        assertEquals(List.of(owner, owner), leaving);
    }
}
