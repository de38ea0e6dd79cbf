package sprite.consistency.verdict;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Effect;
import sprite.consistency.history.History;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Span;
import sprite.consistency.history.Value;

/**
 * Random small histories, about half of which can be explained, judged as by the definition; and long ones of a
 * register that really worked. {@code -Dseed=N} begins elsewhere.
 */
final class RandomHistoriesTest {
    private static final int SMALL = 20_000;
    private static final int TIME = 14;
    private static final long SEED = Long.getLong("seed", 1);

    private static boolean isExplained(List<Operation> operations) {
        var history = new History(new History.Cast(new TreeMap<>(), new TreeMap<>()), operations, List.of());
        return HistoryCheck.check(history).isClean();
    }

    /** A process each, so that nothing but time orders them. */
    private static Operation operation(int process, Random random, Deed deed) {
        int start = random.nextInt(TIME);
        Outcome outcome = deed.effect().changes() && random.nextInt(6) == 0 ? Outcome.UNKNOWN : Outcome.OK;
        return new Operation("p" + process, 1, new Span(start, start + random.nextInt(TIME / 2)), deed, outcome, "-");
    }

    private static List<Operation> register(Random random, boolean ordered) {
        List<Operation> operations = new ArrayList<>();
        int writes = 1 + random.nextInt(3);
        for (int i = 0; i < writes; i++) {
            Value value = ordered && random.nextInt(3) == 0 ? Value.NONE : new Value(i + 1);
            Deed deed = ordered ? Deed.write("x", value, i) : Deed.write("x", value);
            operations.add(operation(operations.size(), random, deed));
        }
        if (ordered) {
            operations = oneAfterAnother(operations);
        }
        for (int i = 0; i < 3; i++) {
            int seen = random.nextInt(writes + (ordered ? 2 : 1));
            Value value = seen > writes ? Value.SOME : seen == 0 ? Value.NONE : new Value(seen);
            operations.add(operation(operations.size(), random, Deed.read("x", value)));
        }
        return operations;
    }

    /** Writes with an index do not overlap. */
    private static List<Operation> oneAfterAnother(List<Operation> writes) {
        List<Operation> moved = new ArrayList<>();
        long end = 0;
        for (Operation write : writes) {
            long start = Math.max(end, write.span().startNanos() / 2);
            long length = write.span().endNanos() - write.span().startNanos();
            end = start + length;
            moved.add(new Operation(
                    write.process(), 1, new Span(start, end), write.deed(), write.outcome(), write.call()));
        }
        return moved;
    }

    private static List<Operation> log(Random random) {
        List<Operation> operations = new ArrayList<>();
        int appends = 1 + random.nextInt(3);
        for (int i = 1; i <= appends; i++) {
            operations.add(operation(operations.size(), random, Deed.append("x", new Value(i))));
        }
        for (int i = 0; i < 3; i++) {
            Deed deed = random.nextBoolean()
                    ? Deed.size("x", random.nextInt(appends + 1))
                    : Deed.entry("x", random.nextInt(appends), new Value(1 + random.nextInt(appends)));
            operations.add(operation(operations.size(), random, deed));
        }
        return operations;
    }

    private static void assertJudgedAsByDefinition(Supplier<List<Operation>> histories, boolean ordered) {
        int explained = 0;
        for (int i = 0; i < SMALL; i++) {
            List<Operation> operations = histories.get();
            boolean expected = BruteForce.explains(operations, ordered);
            assertEquals(expected, isExplained(operations), () -> show(operations));
            explained += expected ? 1 : 0;
        }
        assertTrue(explained > SMALL / 20 && explained < SMALL / 20 * 19, explained + " of " + SMALL);
    }

    private static String show(List<Operation> operations) {
        return String.join("\n", operations.stream().map(Operation::toString).toList());
    }

    @Test
    void registersWithUniqueValuesAreJudgedAsByTheDefinition() {
        var random = new Random(SEED);
        assertJudgedAsByDefinition(() -> register(random, false), false);
    }

    @Test
    void registersWithOrderedWritesAreJudgedAsByTheDefinition() {
        var random = new Random(SEED);
        assertJudgedAsByDefinition(() -> register(random, true), true);
    }

    /** Logs are judged by conditions that must hold; not everything that is wrong breaks one of them. */
    @Test
    void noLogIsAccusedThatCanBeExplained() {
        var random = new Random(SEED);
        int caught = 0;
        int wrong = 0;
        for (int i = 0; i < SMALL; i++) {
            List<Operation> operations = log(random);
            boolean accused = !isExplained(operations);
            boolean impossible = !BruteForce.explains(operations, false);
            assertTrue(impossible || !accused, () -> show(operations));
            caught += accused ? 1 : 0;
            wrong += impossible ? 1 : 0;
        }
        assertTrue(caught > wrong / 10 * 9, caught + " caught of " + wrong);
    }

    /** Each operation takes effect at one moment of its span. */
    private static List<Operation> valid(Random random, int count) {
        record Moment(long at, Span span, boolean write) {}
        List<Moment> moments = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = random.nextLong(10L * count);
            Span span = new Span(at - random.nextInt(40), at + random.nextInt(40));
            moments.add(new Moment(at, span, random.nextInt(3) == 0));
        }
        moments.sort(Comparator.comparingLong(Moment::at));
        List<Operation> operations = new ArrayList<>();
        Value held = Value.NONE;
        for (Moment moment : moments) {
            int process = operations.size();
            held = moment.write() ? new Value(process) : held;
            Deed deed = moment.write() ? Deed.write("x", held) : Deed.read("x", held);
            operations.add(new Operation("p" + process, 1, moment.span(), deed, Outcome.OK, "-"));
        }
        return operations;
    }

    @Test
    void aRegisterThatWorksIsNeverAccused() {
        var random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            List<Operation> operations = valid(random, 500);
            assertTrue(isExplained(operations));
        }
    }

    @Test
    void aRegisterThatShowsAnOldValueIsCaught() {
        var random = new Random(SEED);
        for (int i = 0; i < 300; i++) {
            List<Operation> operations = valid(random, 500);
            List<Operation> writes = operations.stream()
                    .filter(one -> one.deed().effect() == Effect.WRITE)
                    .toList();
            Operation old = writes.get(random.nextInt(writes.size() / 2));
            Operation last = writes.getLast();
            long after = last.span().endNanos() + 1;
            operations.add(new Operation(
                    "late",
                    1,
                    new Span(after, after + 5),
                    Deed.read("x", old.deed().value()),
                    Outcome.OK,
                    "-"));
            boolean mayBeLast = writes.stream().noneMatch(write -> old.span().precedes(write.span()));
            assertEquals(mayBeLast, isExplained(operations));
        }
    }

    @Test
    void aMillionOperationsAreJudgedInSeconds() {
        List<Operation> operations = valid(new Random(SEED), 1_000_000);
        long start = System.nanoTime();
        assertTrue(isExplained(operations));
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        assertTrue(seconds < 60, seconds + " s");
    }
}
