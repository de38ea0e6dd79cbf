package sprite.client.box;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Trail;

/**
 * The {@link Trail} of a call in a slot, which is used for one call after the other. While word 1 is 0 there is none.
 * Confined to the thread that carries the call out.
 */
public final class CallTrail implements Trail {
    static final int UNIQUE = 1;
    private static final int STEPS = 2;
    private static final int WRITTEN = 3;
    private static final int APPEND_BEHIND = 4;
    private static final int APPEND_AT = 5;
    static final int HELD = 6;

    /** How many steps there were before. */
    private static final int HELD_BEHIND = 7;

    /** {@link #UNIQUE}, if it is taken in. */
    private static final int TAKEN_IN = 8;

    /** Each a kind and a server, a number, and what {@link #WRITTEN} was when it was asked. */
    private static final int FIRST_STEP = 9;

    private static final int STEP_WORDS = 3;

    /** The kernel marks requests that it sends again. */
    static final long AGAIN = 1L << 63;

    /** What a server was asked in the life before. Immutable. */
    public record Step(int kind, int server, long number) {}

    private final Slot slot;
    private final long unique;
    private final List<Step> before;
    private final Consumer<CallTrail> ended;
    private final List<Step> asked;
    private boolean begun;
    private int steps;
    private long written;

    /** A call that begins; the slot is not in use by another one. */
    public CallTrail(Slot slot, long unique) {
        this.slot = slot;
        this.unique = unique;
        this.before = List.of();
        this.asked = List.of();
        this.ended = _ -> {};
    }

    /**
     * A call of the life before.
     *
     * @param ended told when the kernel has the answer
     */
    CallTrail(Slot former, Consumer<CallTrail> ended) {
        this.ended = ended;
        slot = former;
        unique = former.get(UNIQUE);
        begun = true;
        steps = (int) former.get(STEPS);
        written = former.get(WRITTEN);
        asked = steps(former);
        before = new ArrayList<>(asked);
    }

    /** All that was asked, but for writes of what is written. */
    static List<Step> steps(Slot former) {
        List<Step> all = new ArrayList<>();
        long written = former.get(WRITTEN);
        for (int i = 0; i < former.get(STEPS); i++) {
            Step step = step(former, i);
            if (step.kind != WRITE || former.get(FIRST_STEP + STEP_WORDS * i + 2) == written) {
                all.add(step);
            }
        }
        return all;
    }

    /** What is asked while a file is held; null: nothing yet. */
    static @Nullable Step stepHeld(Slot slot) {
        int behind = (int) slot.get(HELD_BEHIND);
        return behind < slot.get(STEPS) ? step(slot, behind) : null;
    }

    private static Step step(Slot slot, int index) {
        int at = FIRST_STEP + STEP_WORDS * index;
        return new Step((int) (slot.get(at) >>> 32), (int) slot.get(at), slot.get(at + 1));
    }

    /** The kernel's number of the call. */
    long unique() {
        return unique;
    }

    /** What was asked in the life before. */
    List<Step> asked() {
        return asked;
    }

    /** Whether the call waits for an answer of which something is kept. */
    static boolean isBegun(Slot slot) {
        return slot.get(UNIQUE) != 0;
    }

    private void begin() {
        if (!begun) {
            begun = true;
            slot.put(STEPS, 0);
            slot.put(WRITTEN, 0);
            slot.put(APPEND_AT, 0);
            slot.put(HELD, 0);
            slot.put(TAKEN_IN, 0);
            slot.put(UNIQUE, unique);
        }
    }

    /** The kernel has the answer; the slot is for another call. */
    public void end() {
        if (begun) {
            slot.put(UNIQUE, 0);
            begun = false;
            ended.accept(this);
        }
    }

    /** The slot. */
    public Slot slot() {
        return slot;
    }

    @Override
    public boolean isKept() {
        return slot.isKept();
    }

    @Override
    public long taken(int kind, int server) {
        for (int i = 0; i < before.size(); i++) {
            Step step = before.get(i);
            if (step.kind == kind && step.server == server) {
                before.remove(i);
                return step.number;
            }
        }
        return 0;
    }

    @Override
    public boolean has(int kind) {
        return before.stream().anyMatch(step -> step.kind == kind);
    }

    @Override
    public void asks(int kind, int server, long number) {
        begin();
        int at = FIRST_STEP + STEP_WORDS * steps;
        if (slot.room(at) >= STEP_WORDS * Long.BYTES) { // who asks so often has been refused each time
            slot.put(at, ((long) kind << 32) | server);
            slot.put(at + 1, number);
            slot.put(at + 2, written);
            slot.put(STEPS, ++steps);
        }
    }

    @Override
    public void wrote(long bytes) {
        begin();
        written = bytes;
        slot.put(WRITTEN, bytes); // in one store, with which the steps that it was written by are void
        while (steps > 0 && slot.get(FIRST_STEP + STEP_WORDS * (steps - 1)) >>> 32 == WRITE) {
            slot.put(STEPS, --steps);
        }
        if (!before.isEmpty()) {
            before.removeIf(step -> step.kind == WRITE);
        }
    }

    @Override
    public long written() {
        return written;
    }

    @Override
    public void appends(long offset) {
        if (begun || offset != NOWHERE) {
            begin();
            slot.put(APPEND_AT, 0);
            slot.put(APPEND_BEHIND, written);
            slot.put(APPEND_AT, offset + 1);
        }
    }

    @Override
    public long appended() {
        boolean valid = begun && slot.get(APPEND_AT) != 0 && slot.get(APPEND_BEHIND) == written;
        return valid ? slot.get(APPEND_AT) - 1 : NOWHERE;
    }

    @Override
    public void holds(long file) {
        begin();
        Step asked = slot.get(HELD) == file ? stepHeld(slot) : null;
        if (asked == null || !before.contains(asked)) { // else it is asked again, under the number that it has
            slot.put(HELD_BEHIND, steps);
            slot.put(HELD, file);
        }
    }

    @Override
    public void takesIn() {
        slot.put(TAKEN_IN, unique); // which is nothing to the next call, if this one has been given up
    }

    @Override
    public boolean isTakenIn() {
        return slot.isKept() && slot.get(TAKEN_IN) == unique;
    }

    /** As {@link #isTakenIn()}, of a call of the life before. */
    static boolean isTakenIn(Slot former) {
        return former.get(TAKEN_IN) == former.get(UNIQUE);
    }

    /** As {@link #takesIn()}, of a call of the life before; {@code is}: and not that it is to be taken in anew. */
    static void takesIn(Slot former, boolean is) {
        former.put(TAKEN_IN, is ? former.get(UNIQUE) : 0);
    }
}
