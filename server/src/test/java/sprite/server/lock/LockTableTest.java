package sprite.server.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;

class LockTableTest {
    private static final FileId FILE = new FileId(1, 2);
    private static final FileId OTHER_FILE = new FileId(1, 3);
    private static final LockOwner ANN = new LockOwner(new ClientId(1), 10);
    private static final LockOwner BOB = new LockOwner(new ClientId(2), 10);
    private static final LockOwner CAT = new LockOwner(new ClientId(3), 10);

    private final LockTable locks = new LockTable();

    @Test
    void sharesWithReadersAndExcludesWriters() {
        assertGranted(posix(ANN, LockType.SHARED, 0, 9));
        assertGranted(posix(BOB, LockType.SHARED, 5, 20));
        assertRefused(FsError.WOULD_BLOCK, tryPosix(CAT, LockType.EXCLUSIVE, 9, 9));
        assertGranted(tryPosix(CAT, LockType.EXCLUSIVE, 21, Long.MAX_VALUE));
    }

    @Test
    void splitsARangeThatIsReleasedInTheMiddle() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, Long.MAX_VALUE));
        assertGranted(posix(ANN, LockType.UNLOCK, 100, 199));
        assertEquals(2, locks.counts().held());
        assertGranted(tryPosix(BOB, LockType.EXCLUSIVE, 100, 199));
        assertEquals(
                new HeldLock(ANN, LockType.EXCLUSIVE, 200, Long.MAX_VALUE, 7),
                locks.test(BOB, FILE, LockType.SHARED, 150, 1000));
    }

    @Test
    void mergesNeighboursOfOneType() {
        assertGranted(posix(ANN, LockType.SHARED, 0, 9));
        assertGranted(posix(ANN, LockType.SHARED, 20, Long.MAX_VALUE));
        assertGranted(posix(ANN, LockType.SHARED, 10, 19));
        assertEquals(1, locks.counts().held());
    }

    @Test
    void downgradeWakesReaders() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 9));
        var reader = posix(BOB, LockType.SHARED, 0, 9);
        assertFalse(reader.isDone());
        assertGranted(posix(ANN, LockType.SHARED, 0, 9));
        assertGranted(reader);
    }

    @Test
    void flockAndByteRangesDoNotSeeEachOther() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, Long.MAX_VALUE));
        assertGranted(flock(BOB, LockType.EXCLUSIVE, false));
        assertNull(locks.test(ANN, FILE, LockType.EXCLUSIVE, 0, Long.MAX_VALUE));
    }

    @Test
    void wakesInTheOrderOfArrival() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 9));
        var cat = posix(CAT, LockType.EXCLUSIVE, 0, 9);
        var bob = posix(BOB, LockType.EXCLUSIVE, 0, 9);
        assertGranted(posix(ANN, LockType.UNLOCK, 0, 9));
        assertGranted(cat);
        assertFalse(bob.isDone());
        assertGranted(posix(CAT, LockType.UNLOCK, 0, 9));
        assertGranted(bob);
    }

    @Test
    void refusesAWaitThatTwoWouldNeverEnd() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 0));
        assertGranted(posix(BOB, LockType.EXCLUSIVE, 1, 1));
        var ann = posix(ANN, LockType.EXCLUSIVE, 1, 1);
        assertRefused(FsError.DEADLOCK, posix(BOB, LockType.EXCLUSIVE, 0, 0));
        assertGranted(posix(BOB, LockType.UNLOCK, 1, 1));
        assertGranted(ann);
    }

    @Test
    void refusesAWaitThatThreeWouldNeverEndAcrossFiles() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 0));
        assertGranted(posix(BOB, LockType.EXCLUSIVE, 1, 1));
        assertGranted(lock(CAT, OTHER_FILE, LockKind.POSIX, LockType.EXCLUSIVE, true));
        var ann = posix(ANN, LockType.SHARED, 1, 1);
        var bob = lock(BOB, OTHER_FILE, LockKind.POSIX, LockType.SHARED, true);
        assertRefused(FsError.DEADLOCK, posix(CAT, LockType.SHARED, 0, 0));
        assertFalse(ann.isDone() || bob.isDone());
    }

    @Test
    void refusesTheSecondOfTwoReadersWhoBothWantToWrite() {
        assertGranted(posix(ANN, LockType.SHARED, 0, 9));
        assertGranted(posix(BOB, LockType.SHARED, 0, 9));
        var ann = posix(ANN, LockType.EXCLUSIVE, 0, 9);
        assertRefused(FsError.DEADLOCK, posix(BOB, LockType.EXCLUSIVE, 0, 9));
        assertEquals(LockType.SHARED, conflict(CAT).type());
        assertGranted(posix(BOB, LockType.UNLOCK, 0, 9));
        assertGranted(ann);
    }

    @Test
    void flockLetsOthersInBetweenTheHalvesOfAConversion() {
        assertGranted(flock(ANN, LockType.SHARED, true));
        assertGranted(flock(BOB, LockType.SHARED, true));
        var cat = flock(CAT, LockType.EXCLUSIVE, true);
        var ann = flock(ANN, LockType.EXCLUSIVE, true); // gives its shared lock back, queues behind cat
        assertFalse(ann.isDone() || cat.isDone());
        assertGranted(flock(BOB, LockType.UNLOCK, true));
        assertGranted(cat);
        assertFalse(ann.isDone());
        assertGranted(flock(CAT, LockType.UNLOCK, true));
        assertGranted(ann);
    }

    @Test
    void flockLosesTheOldLockWhenAConversionWouldBlock() {
        assertGranted(flock(ANN, LockType.SHARED, true));
        assertGranted(flock(BOB, LockType.SHARED, true));
        assertRefused(FsError.WOULD_BLOCK, flock(ANN, LockType.EXCLUSIVE, false));
        assertGranted(flock(BOB, LockType.EXCLUSIVE, false));
    }

    @Test
    void cancelEndsOnlyAWait() {
        var granted = posix(ANN, LockType.EXCLUSIVE, 0, 9);
        var waiting = posix(BOB, LockType.EXCLUSIVE, 0, 9);
        assertFalse(locks.cancel(granted));
        assertTrue(locks.cancel(waiting));
        assertRefused(FsError.INTERRUPTED, waiting);
        assertFalse(locks.cancel(waiting));
        assertGranted(posix(ANN, LockType.UNLOCK, 0, 9));
        assertNull(locks.test(CAT, FILE, LockType.EXCLUSIVE, 0, 9));
    }

    @Test
    void aDeadClientFreesWhatItHeldAndWakesOthers() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 9));
        assertGranted(flock(ANN, LockType.EXCLUSIVE, true));
        assertGranted(lock(BOB, OTHER_FILE, LockKind.POSIX, LockType.EXCLUSIVE, true));
        var range = posix(BOB, LockType.EXCLUSIVE, 5, 6);
        var whole = flock(CAT, LockType.EXCLUSIVE, true);
        var own = lock(ANN, OTHER_FILE, LockKind.POSIX, LockType.SHARED, false);
        assertRefused(FsError.WOULD_BLOCK, own);
        locks.releaseAll(ANN.client());
        assertGranted(range);
        assertGranted(whole);
        assertEquals(new LockTable.Counts(3, 0), locks.counts());
    }

    @Test
    void aDeadClientsWaitsAreStale() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 9));
        var waiting = posix(BOB, LockType.EXCLUSIVE, 0, 9);
        locks.releaseAll(BOB.client());
        assertRefused(FsError.STALE, waiting);
    }

    @Test
    void releasesOneFileOfAClientAndNoOther() {
        assertGranted(posix(ANN, LockType.EXCLUSIVE, 0, 9));
        assertGranted(lock(ANN, OTHER_FILE, LockKind.POSIX, LockType.EXCLUSIVE, true));
        locks.releaseFile(ANN.client(), FILE);
        assertNull(locks.test(BOB, FILE, LockType.SHARED, 0, 9));
        assertNotNull(locks.test(BOB, OTHER_FILE, LockType.SHARED, 0, 9));
    }

    @Test
    void refusesWhatIsNoRange() {
        assertRefused(FsError.INVALID, posix(ANN, LockType.SHARED, 5, 4));
        assertRefused(FsError.INVALID, posix(ANN, LockType.SHARED, -1, 4));
    }

    private HeldLock conflict(LockOwner owner) {
        HeldLock held = locks.test(owner, FILE, LockType.EXCLUSIVE, 0, Long.MAX_VALUE);
        assertNotNull(held);
        return held;
    }

    private CompletableFuture<@Nullable Void> posix(LockOwner owner, LockType type, long start, long end) {
        return locks.lock(owner, FILE, LockKind.POSIX, type, start, end, true, 7);
    }

    private CompletableFuture<@Nullable Void> tryPosix(LockOwner owner, LockType type, long start, long end) {
        return locks.lock(owner, FILE, LockKind.POSIX, type, start, end, false, 7);
    }

    private CompletableFuture<@Nullable Void> flock(LockOwner owner, LockType type, boolean blocking) {
        return lock(owner, FILE, LockKind.FLOCK, type, blocking);
    }

    private CompletableFuture<@Nullable Void> lock(
            LockOwner owner, FileId file, LockKind kind, LockType type, boolean blocking) {
        return locks.lock(owner, file, kind, type, 0, 9, blocking, 7);
    }

    private static void assertGranted(CompletableFuture<@Nullable Void> request) {
        assertTrue(request.isDone(), "still waiting");
        assertFalse(request.isCompletedExceptionally(), "refused");
    }

    private static void assertRefused(FsError error, CompletableFuture<@Nullable Void> request) {
        assertTrue(request.isDone(), "still waiting");
        ExecutionException failure = assertThrows(ExecutionException.class, request::get);
        assertEquals(
                error, assertInstanceOf(FsException.class, failure.getCause()).error());
    }
}
