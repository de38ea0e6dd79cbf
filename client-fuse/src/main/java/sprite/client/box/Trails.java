package sprite.client.box;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The calls that had not been answered when the daemon's life before ended, until the kernel asks for them again. What
 * it does not ask for had been answered, and is let go of after a while. Thread-safe: a concurrent map.
 */
public final class Trails {
    private final Slots slots;
    private final Map<Long, Slot> former = new ConcurrentHashMap<>();

    Trails(Slots slots) {
        this.slots = slots;
        for (Slot slot : slots.former()) {
            if (CallTrail.isBegun(slot)) {
                slots.adopt(slot);
                former.put(key(slot.get(CallTrail.UNIQUE)), slot);
            } else {
                slot.free();
            }
        }
    }

    /** A slot for the calls that a thread carries out one after the other. */
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
        Slot slot = former.remove(key(unique));
        return slot == null ? null : new CallTrail(slot);
    }

    /** What the calls had asked of a server. */
    public List<CallTrail.Step> steps(int server) {
        return former.values().stream()
                .flatMap(slot -> CallTrail.steps(slot).stream())
                .filter(step -> step.server() == server)
                .toList();
    }

    /** Files that the calls hold still, each a {@code st_ino}, by the calls' numbers. */
    public Map<Long, Long> held() {
        Map<Long, Long> all = new ConcurrentHashMap<>();
        former.forEach((unique, slot) -> {
            long file = slot.get(CallTrail.HELD);
            if (file != 0 && !CallTrail.steps(slot).isEmpty()) {
                all.put(unique, file);
            }
        });
        return all;
    }

    /** What has not been asked for by now will not be. */
    public void forgetUnclaimed() {
        former.values().removeIf(slot -> {
            slot.free();
            return true;
        });
    }
}
