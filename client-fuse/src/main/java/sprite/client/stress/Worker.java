package sprite.client.stress;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import sprite.consistency.history.Deed;
import sprite.consistency.history.Effect;
import sprite.consistency.history.Operation;
import sprite.consistency.history.Outcome;
import sprite.consistency.history.Span;
import sprite.consistency.history.Value;

/**
 * A process of the history: makes calls on one mount and remembers them. Confined to one thread at a time, except where
 * said.
 */
public final class Worker {
    /** Most values that one torn block is taken apart into. */
    private static final int TORN_MAX = 4;

    private final String name;
    private final int number;
    private final Place place;
    private final String directory;
    private final SystemCalls calls;
    private final LockOwner lockOwner;
    private final SplittableRandom random;
    private final Common common;
    private final long originNanos;
    private final Map<String, Integer> errors = new HashMap<>();
    private List<Operation> operations = new ArrayList<>();
    private long sequence;
    private int gateTimes;
    private int failures;
    private int memoryFile = -1;

    /**
     * What the workers of a run have in common. Thread-safe.
     *
     * @param directory theirs, below each mount
     * @param values gives every value that is written anywhere, once
     * @param originNanos the moment 0 of the history
     * @param isDisturbed whether mounts will be killed
     */
    record Common(String directory, AtomicLong values, Hands hands, long originNanos, boolean isDisturbed) {}

    /** A worker on a mount. */
    Worker(int number, Place place, Common common, long seed) {
        this.number = number;
        this.name = place.name() + (place.name().length() == 1 ? "" : ".") + number;
        this.place = place;
        this.directory = place.path() + "/" + common.directory();
        this.calls = new SystemCalls(Arena.ofAuto());
        this.lockOwner = new LockOwner(name);
        this.random = new SplittableRandom(seed);
        this.common = common;
        this.originNanos = common.originNanos();
    }

    String name() {
        return name;
    }

    Place place() {
        return place;
    }

    /** Different for each worker, from 0. */
    public int number() {
        return number;
    }

    /** For calls. */
    public SystemCalls calls() {
        return calls;
    }

    /** A descriptor of a file in memory, for loads and stores. Below 0: an error. */
    public int memoryFile() {
        if (memoryFile < 0) {
            memoryFile = calls.memoryFile();
        }
        return memoryFile;
    }

    /** For classic fcntl(2) locks, which no other worker owns. */
    public LockOwner lockOwner() {
        return lockOwner;
    }

    /** The worker's own chance. */
    public int chance(int bound) {
        return random.nextInt(bound);
    }

    /** A value that nobody has written. */
    public long newValue() {
        return common.values().incrementAndGet();
    }

    /** Whether mounts will be killed on the way, so that what is not synced may be lost, as a whole or in parts. */
    public boolean isDisturbed() {
        return common.isDisturbed();
    }

    /** Where an object, or anything else by that name, is. */
    public String path(String object) {
        return directory + "/" + object;
    }

    /** Before the calls of an operation; waits while the mount is away. Returns the time. */
    public long begin() {
        gateTimes = place.gate().pass();
        return System.nanoTime() - originNanos;
    }

    /** Changes when the mount has gone away or a call has failed: descriptors from before may be of no use. */
    public int lives() {
        return place.gate().times() + failures;
    }

    /** The operation is over. If the mount went away meanwhile, the result says nothing. */
    public Outcome end(long start, Outcome outcome, String call, Deed... deeds) {
        return end(start, outcome, call, List.of(deeds));
    }

    /** The operation, which had several effects at once, is over. */
    public Outcome end(long start, Outcome outcome, String call, List<Deed> deeds) {
        Span span = new Span(start, System.nanoTime() - originNanos);
        boolean wentAway = place.gate().times() != gateTimes;
        Outcome known = outcome;
        for (Deed deed : deeds) {
            if (wentAway) {
                known = deed.effect().changes() ? Outcome.UNKNOWN : Outcome.FAILED;
            }
            operations.add(new Operation(name, ++sequence, span, deed, known, call));
            noteLock(deed, known);
        }
        return known;
    }

    private void noteLock(Deed deed, Outcome outcome) {
        if (deed.effect() == Effect.LOCK && outcome == Outcome.OK) {
            common.hands().took(deed.object(), name);
        } else if (deed.effect() == Effect.UNLOCK) {
            common.hands().gave(deed.object(), name);
        }
    }

    /** A call failed that should not have: to be told at the end. */
    public void failed(String call, long result) {
        failures++;
        if (place.gate().times() == gateTimes) {
            errors.merge(call + ": " + Errors.name(result) + " at " + place.text(), 1, Integer::sum);
        }
    }

    /** Calls that failed, with their number. */
    Map<String, Integer> errors() {
        return errors;
    }

    /** How many operations there are to take. */
    int operationCount() {
        return operations.size();
    }

    /** What was done since the last time. */
    List<Operation> takeOperations() {
        List<Operation> taken = operations;
        operations = new ArrayList<>();
        return taken;
    }

    /** Nothing more will be done. */
    void close() {
        lockOwner.close();
        if (memoryFile >= 0) {
            calls.close(memoryFile);
        }
    }

    /** What there is to watch: its own calls and those for its classic locks. For any thread. */
    List<Watchdog.Watched> watched() {
        return List.of(
                new Watchdog.Watched(name, place, directory, calls.progress()),
                new Watchdog.Watched(name, place, directory, lockOwner.progress()));
    }

    /** Fills the beginning of the data with a value. */
    public void fill(long value, int bytes) {
        MemorySegment data = calls.data();
        for (int i = 0; i < bytes; i += Long.BYTES) {
            data.set(JAVA_LONG, i, value);
        }
    }

    /**
     * What was read of a block: mostly one value; several if it is torn, {@link Value#OTHER} if a part is missing.
     *
     * @param result of the call that read it: a number of bytes that is not negative
     */
    public SequencedSet<Value> seen(long result, int bytes) {
        SequencedSet<Value> seen = new LinkedHashSet<>();
        if (result == 0) {
            seen.add(Value.NONE);
        }
        for (int i = 0; i + Long.BYTES <= result && seen.size() < TORN_MAX; i += Long.BYTES) {
            seen.add(value(calls.data().get(JAVA_LONG, i)));
        }
        if (result > 0 && result < bytes) {
            seen.add(Value.OTHER);
        }
        return seen;
    }

    /** Zeros are where nothing was written. */
    private static Value value(long number) {
        return number == 0 ? Value.NONE : number < 0 ? Value.OTHER : new Value(number);
    }

    /** A read of a block is over that went well. */
    public void endRead(long start, String call, String object, long result, int bytes) {
        SequencedSet<Value> seen = seen(result, bytes);
        String how = seen.size() > 1 ? call + "=torn" : call;
        end(
                start,
                Outcome.OK,
                how,
                seen.stream().map(value -> Deed.read(object, value)).toList());
    }
}
