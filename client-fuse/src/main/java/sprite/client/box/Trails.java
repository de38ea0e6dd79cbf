package sprite.client.box;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls that had not been answered when the daemon's life before ended, until the kernel asks for them again. What
 * it does not ask for had been answered, and is let go of after a while. Thread-safe: concurrent maps and lists.
 */
public final class Trails {
    private final Slots slots;
    private final Map<Long, Slot> former = new ConcurrentHashMap<>();

    /** Calls of {@link #former} that are carried out once more. */
    private final Set<Long> claimed = ConcurrentHashMap.newKeySet();

    private final List<Consumer<CallTrail.Step>> listeners = new CopyOnWriteArrayList<>();
    private final List<LongConsumer> callListeners = new CopyOnWriteArrayList<>();

    Trails(Slots slots) {
        this.slots = slots;
        for (Slot slot : slots.former()) {
            if (CallTrail.isBegun(slot) && slots.adopt(slot)) {
                former.put(key(slot.get(CallTrail.UNIQUE)), slot);
            } else {
                slot.free();
            }
        }
    }

    /** A slot for the calls that a thread carries out one after the other; keeps nothing if nothing is kept. */
    public Slot slot() {
        Slot slot = slots.add();
        slot.put(CallTrail.UNIQUE, 0);
        slot.put(0, 1);
        return slot;
    }

    /** A call's number, without what says that it is asked for again. */
    public static long key(long unique) {
        return unique & ~CallTrail.AGAIN;
    }

    /** Whether a call had perhaps not been answered, and has not been asked for again. */
    public boolean isUnclaimed(long unique) {
        return former.containsKey(key(unique));
    }

    /** Whether the kernel sends a request not for the first time. */
    public static boolean isAgain(long unique) {
        return (unique & CallTrail.AGAIN) != 0;
    }

    /** What is kept of a call that is asked for again; null: nothing. */
    public @Nullable CallTrail claim(long unique) {
        long call = key(unique);
        if (!former.containsKey(call)) {
            return null;
        }
        claimed.add(call); // first, so that there is always one of the two
        Slot slot = former.remove(call);
        if (slot == null) {
            claimed.remove(call);
            return null;
        }
        return new CallTrail(slot, this::answered);
    }

    private void answered(CallTrail call) {
        long number = key(call.unique());
        claimed.remove(number);
        call.asked().forEach(step -> listeners.forEach(listener -> listener.accept(step)));
        callListeners.forEach(listener -> listener.accept(number));
    }

    /** {@code listener} is told what a call had asked in the life before when the kernel has the call's answer. */
    public void whenAnswered(Consumer<CallTrail.Step> listener) {
        listeners.add(listener);
    }

    /** {@code listener} is told the number of a call of the life before when the kernel has its answer. */
    public void whenCallAnswered(LongConsumer listener) {
        callListeners.add(listener);
    }

    /** Whether a call of the life before is carried out once more at this moment. */
    public boolean isClaimed(long unique) {
        return claimed.contains(key(unique));
    }

    /** Whether the kernel has the answers to all calls of the life before. */
    public boolean areAnswered() {
        return former.isEmpty() && claimed.isEmpty();
    }

    /** What the calls had asked of a server. */
    public List<CallTrail.Step> steps(int server) {
        return former.values().stream()
                .flatMap(slot -> CallTrail.steps(slot).stream())
                .filter(step -> step.server() == server)
                .toList();
    }

    /**
     * A file, by its {@code st_ino}, that a call holds still, and what the call has asked since. Immutable, but for the
     * slot.
     */
    public record Held(long file, CallTrail.Step step, Slot slot) {
        /** As {@link sprite.client.call.Trail#isTakenIn}. */
        public boolean isTakenIn() {
            return CallTrail.isTakenIn(slot);
        }

        /** As {@link sprite.client.call.Trail#takesIn}. */
        public void takesIn() {
            CallTrail.takesIn(slot, true);
        }

        /** The session is lost in which it was answered: an answer from another one is to be taken in. */
        public void sessionLost() {
            CallTrail.takesIn(slot, false);
        }
    }

    /** What the calls hold still, by their numbers. */
    public Map<Long, Held> held() {
        Map<Long, Held> all = new HashMap<>();
        former.forEach((unique, slot) -> {
            long file = slot.get(CallTrail.HELD);
            CallTrail.Step step = CallTrail.stepHeld(slot);
            if (file != 0 && step != null) {
                all.put(unique, new Held(file, step, slot));
            }
        });
        return all;
    }

    /** What has not been asked for by now will not be. Returns what those calls had asked, by their numbers. */
    public Map<Long, List<CallTrail.Step>> forgetUnclaimed() {
        Map<Long, List<CallTrail.Step>> forgotten = new HashMap<>();
        for (Long call : List.copyOf(former.keySet())) {
            Slot slot = former.remove(call);
            if (slot != null) { // else it is asked for just now
                forgotten.put(call, CallTrail.steps(slot));
                slot.free();
            }
        }
        return forgotten;
    }
}
