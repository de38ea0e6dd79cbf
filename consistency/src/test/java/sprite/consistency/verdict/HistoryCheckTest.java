package sprite.consistency.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.consistency.history.Deed.append;
import static sprite.consistency.history.Deed.entry;
import static sprite.consistency.history.Deed.lock;
import static sprite.consistency.history.Deed.read;
import static sprite.consistency.history.Deed.size;
import static sprite.consistency.history.Deed.unlock;
import static sprite.consistency.history.Deed.write;

import java.util.List;
import org.junit.jupiter.api.Test;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Value;

/** One history for each sentence of the promise, kept and broken. Times are in milliseconds. */
final class HistoryCheckTest {
    private static final String X = "x";

    private static Value v(long number) {
        return new Value(number);
    }

    private static void assertExplained(Play play) {
        assertEquals("", play.stories());
    }

    private static void assertImpossible(String what, Play play) {
        String stories = play.stories();
        assertTrue(stories.contains("VIOLATION: " + what), stories.isEmpty() ? "it was explained" : stories);
    }

    @Test
    void aReadFindsTheLatestWrite() {
        Play play = new Play()
                .op("a1", 0, 1, read(X, Value.NONE))
                .op("a1", 2, 3, write(X, v(1)))
                .op("b1", 4, 5, read(X, v(1)))
                .op("b1", 6, 7, write(X, v(2)))
                .op("a1", 8, 9, read(X, v(2)));
        assertExplained(play);
        assertEquals(new Verdict(5, 1, List.of()), play.verdict());
    }

    @Test
    void aReadThatOverlapsAWriteMayFindEither() {
        assertExplained(new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .op("a1", 2, 9, write(X, v(2)))
                .op("b1", 3, 4, read(X, v(1)))
                .op("c1", 3, 4, read(X, v(2))));
    }

    @Test
    void butNobodyGoesBack() {
        assertImpossible(
                "a value was read after it had been replaced",
                new Play()
                        .op("a1", 0, 1, write(X, v(1)))
                        .op("a1", 2, 9, write(X, v(2)))
                        .op("c1", 3, 4, read(X, v(2)))
                        .op("b1", 5, 6, read(X, v(1))));
    }

    @Test
    void aStaleReadIsToldAsAStory() {
        Play play = new Play()
                .op("a1", 0, 1, write(X, v(17)))
                .op("b1", 2, 3, read(X, v(17)))
                .op("a1", 4, 5, write(X, v(18)))
                .op("b1", 8, 9, read(X, v(17)));
        assertEquals("""
                VIOLATION: a value was read after it had been replaced
                  in x
                    0.000000 .. 0.001000 s  a1 at /mnt/a wrote 17  (call)
                    0.004000 .. 0.005000 s  a1 at /mnt/a wrote 18  (call)
                    0.008000 .. 0.009000 s  b1 at /mnt/b read 17  (call)
                  17 was there (the write by a1 was over) before the write of 18 began. 18 was there (the write by
                  a1 was over) 3.000 ms before the read by b1, which found 17, began. Nobody wrote 17 a second time.
                """, play.stories());
    }

    @Test
    void theBeginningDoesNotComeBack() {
        assertImpossible(
                "a value was read after it had been replaced",
                new Play().op("a1", 0, 1, write(X, v(1))).op("b1", 2, 3, read(X, Value.NONE)));
    }

    @Test
    void nothingComesFromNowhereOrFromTheFuture() {
        assertImpossible("something was read that nobody wrote", new Play().op("a1", 0, 1, read(X, v(5))));
        assertImpossible("something was read that nobody wrote", new Play().op("a1", 0, 1, read(X, Value.OTHER)));
        assertImpossible(
                "a value was read before it was written",
                new Play().op("a1", 0, 1, read(X, v(5))).op("b1", 2, 3, write(X, v(5))));
    }

    @Test
    void twoReadersAgreeOnTheOrderOfWrites() {
        assertImpossible(
                "a value was read after it had been replaced",
                new Play()
                        .op("a1", 0, 20, write(X, v(1)))
                        .op("b1", 0, 20, write(X, v(2)))
                        .op("c1", 1, 2, read(X, v(1)))
                        .op("c1", 3, 4, read(X, v(2)))
                        .op("d1", 5, 6, read(X, v(1))));
    }

    @Test
    void aWriteOfUnknownFateMayOrMayNotHaveHappened() {
        Play base = new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .op("a1", 2, 3, write(X, v(2)), Outcome.UNKNOWN)
                .op("b1", 4, 5, read(X, v(1)));
        assertExplained(base);
        assertExplained(base.op("b1", 6, 7, read(X, v(2))));
        assertImpossible("a value was read after", base.op("b1", 8, 9, read(X, v(1))));
    }

    @Test
    void aRefusedWriteDidNotHappen() {
        assertImpossible(
                "something was read that nobody wrote",
                new Play().op("a1", 0, 1, write(X, v(1)), Outcome.FAILED).op("b1", 2, 3, read(X, v(1))));
    }

    @Test
    void aKilledClientMayLoseWhatItHadNotSynced() {
        Play lost = new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .op("a1", 2, 3, read(X, v(1)))
                .crash("a", 4, 5)
                .op("b1", 6, 7, read(X, Value.NONE));
        assertExplained(lost);
        Play synced = new Play()
                .op("a1", 0, 1, write(X, v(1)), Outcome.DURABLE)
                .crash("a", 4, 5)
                .op("b1", 6, 7, read(X, Value.NONE));
        assertImpossible("a value was read after it had been replaced", synced);
        Play old = new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .crash("a", 60_000, 60_001)
                .op("b1", 60_002, 60_003, read(X, Value.NONE));
        assertImpossible("a value was read after it had been replaced", old);
        Play elsewhere =
                new Play().op("a1", 0, 1, write(X, v(1))).crash("b", 4, 5).op("b1", 6, 7, read(X, Value.NONE));
        assertImpossible("a value was read after it had been replaced", elsewhere);
    }

    @Test
    void aClientThatLosesItsWritesMustStillSeeThoseOfOthers() {
        Play play = new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .op("b1", 2, 3, write(X, v(2)))
                .op("b1", 4, 5, write(X, v(3)))
                .crash("a", 10, 20)
                .op("a1", 6, 7, read(X, v(1)));
        assertExplained(play); // from the cache that was lost
        assertImpossible("a value was read after it had been replaced", play.op("a2", 8, 9, read(X, v(2))));
    }

    @Test
    void whatOthersHaveSeenWasNotLostAndMustNotBeReadWhenItIsOld() {
        Play play = new Play()
                .op("a1", 0, 1, write(X, v(1)))
                .op("b1", 2, 3, read(X, v(1)))
                .crash("a", 10, 40)
                .op("a1", 12, 13, read(X, v(1)))
                .op("b1", 20, 21, write(X, v(2)));
        assertExplained(play);
        assertImpossible("a value was read after it had been replaced", play.op("a1", 22, 23, read(X, v(1))));
    }

    @Test
    void aNameThatComesAndGoesIsSeenAsItIs() {
        Play play = new Play()
                .op("a1", 0, 1, write(X, v(1), 0))
                .op("b1", 2, 3, read(X, Value.SOME))
                .op("a1", 4, 5, write(X, Value.NONE, 1))
                .op("b1", 6, 7, read(X, Value.NONE))
                .op("a1", 8, 9, write(X, v(2), 2))
                .op("b1", 10, 11, read(X, v(2)));
        assertExplained(play);
        assertImpossible("a value was read after it had been replaced", play.op("b1", 12, 13, read(X, Value.NONE)));
        assertImpossible(
                "something was read that was not there",
                new Play()
                        .op("a1", 0, 1, write(X, v(1), 0))
                        .op("b1", 2, 3, read(X, v(2)))
                        .op("a1", 4, 5, write(X, v(2), 1)));
    }

    @Test
    void whatOneHasSeenOthersSeeToo() {
        assertImpossible(
                "a value was read after it had been replaced",
                new Play()
                        .op("a1", 0, 9, write(X, v(1), 0))
                        .op("b1", 1, 2, read(X, v(1)))
                        .op("c1", 3, 4, read(X, Value.NONE)));
    }

    @Test
    void appendsStandInTheirOrder() {
        Play play = new Play()
                .op("a1", 0, 1, append(X, v(1)))
                .op("b1", 2, 3, append(X, v(2)))
                .op("a1", 4, 5, size(X, 2))
                .op("a1", 4, 5, entry(X, 0, v(1)))
                .op("a1", 4, 5, entry(X, 1, v(2)));
        assertExplained(play);
        assertImpossible(
                "entries stand in the wrong order",
                new Play()
                        .op("a1", 0, 1, append(X, v(1)))
                        .op("b1", 2, 3, append(X, v(2)))
                        .op("a1", 4, 5, entry(X, 0, v(2)))
                        .op("a1", 4, 5, entry(X, 1, v(1))));
    }

    @Test
    void noAppendIsLostLateDoubledOrChanged() {
        Play two = new Play().op("a1", 0, 1, append(X, v(1))).op("b1", 0, 1, append(X, v(2)));
        assertImpossible("an append that was complete was missed", two.op("c1", 4, 5, size(X, 1)));
        Play alone = new Play().op("a1", 0, 1, append(X, v(1)));
        assertImpossible("a log is longer than what was appended", alone.op("c1", 4, 5, size(X, 2)));
        assertImpossible(
                "an entry of a log changed",
                new Play()
                        .op("a1", 0, 1, append(X, v(1)))
                        .op("b1", 0, 1, append(X, v(2)))
                        .op("c1", 4, 5, entry(X, 0, v(1)))
                        .op("c1", 6, 7, entry(X, 0, v(2))));
        assertImpossible(
                "an entry stands in a log twice",
                new Play()
                        .op("a1", 0, 1, append(X, v(1)))
                        .op("c1", 4, 5, entry(X, 0, v(1)))
                        .op("c1", 4, 5, entry(X, 1, v(1))));
        assertImpossible(
                "an entry was read that nobody appended",
                new Play().op("a1", 0, 1, append(X, v(1))).op("c1", 4, 5, entry(X, 0, Value.OTHER)));
        assertImpossible(
                "an entry was read before it was appended",
                new Play().op("c1", 0, 1, entry(X, 0, v(1))).op("a1", 4, 5, append(X, v(1))));
    }

    @Test
    void aLogDoesNotShrink() {
        assertImpossible(
                "a log became shorter",
                new Play()
                        .op("a1", 0, 20, append(X, v(1)))
                        .op("b1", 1, 2, size(X, 1))
                        .op("c1", 3, 4, size(X, 0)));
    }

    @Test
    void aLockExcludes() {
        Play play = new Play()
                .op("a1", 0, 1, lock(X))
                .op("b1", 0, 6, lock(X))
                .op("a1", 5, 7, unlock(X))
                .op("b1", 8, 9, unlock(X));
        assertExplained(play);
        assertImpossible(
                "two held a lock at the same time",
                new Play()
                        .op("a1", 0, 1, lock(X))
                        .op("b1", 0, 4, lock(X))
                        .op("a1", 5, 7, unlock(X))
                        .op("b1", 8, 9, unlock(X)));
    }
}
