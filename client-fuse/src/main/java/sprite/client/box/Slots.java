package sprite.client.box;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The places for things of one kind. Those that the daemon's life before has left are {@link #former} until somebody
 * {@link #adopt adopts} them. Thread-safe: fields guarded by {@code lock}.
 */
public final class Slots {
    /** Bytes of the file that are asked of the system at once: a store must not find that there is no memory. */
    private static final int STEP = 64 * 1024;

    private static final byte[] ZEROS = new byte[STEP];

    private final Box box;
    private final Kind kind;
    private final @Nullable MemorySegment region;

    /** Guards who has which slot. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Deque<Slot> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private final Map<Integer, Slot> former = new LinkedHashMap<>();

    /** Of {@link #former}, by what their words 1 were. */
    @GuardedBy("lock")
    private final Map<Long, Slot> formerByKey = new HashMap<>();

    /** So many have memory. */
    @GuardedBy("lock")
    private int reserved;

    @GuardedBy("lock")
    private int next;

    Slots(Box box, Kind kind, @Nullable MemorySegment region) {
        this.box = box;
        this.kind = kind;
        this.region = region;
    }

    /** Looks what the life before has left. */
    void find(int reservedBefore) {
        lock.lock();
        try {
            reserved = reservedBefore;
            next = reservedBefore;
            for (int index = 0; index < reservedBefore; index++) {
                Slot slot = slot(index);
                if (slot.get(0) == 0) {
                    free.addLast(slot);
                } else {
                    former.put(index, slot);
                    formerByKey.put(slot.get(1), slot);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private Slot slot(int index) {
        MemorySegment all = region;
        return all == null ? Slot.NONE : new Slot(this, index, all.asSlice((long) index * kind.bytes, kind.bytes));
    }

    /**
     * A place for one more, all zeros but for what was there before; {@link Slot#NONE} if the box keeps nothing more.
     */
    public Slot add() {
        if (region == null || box.isSpoilt()) {
            return Slot.NONE;
        }
        lock.lock();
        try {
            Slot slot = free.pollFirst();
            if (slot != null) {
                return slot;
            }
            if (next == kind.most) {
                box.spoil("more than " + kind.most + " of kind " + kind);
                return Slot.NONE;
            }
            if (next == reserved && !reserve()) {
                return Slot.NONE;
            }
            return slot(next++);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean reserve() {
        int more = Math.min(Math.max(1, STEP / kind.bytes), kind.most - reserved);
        try {
            box.write(kind.begin() + (long) reserved * kind.bytes, Arrays.copyOf(ZEROS, more * kind.bytes));
        } catch (IOException e) {
            box.spoil("no memory for it: " + e.getMessage());
            return false;
        }
        reserved += more;
        box.reserved(kind, reserved);
        return true;
    }

    /**
     * As {@link #add}, with a message: its length in word 1, its bytes from word {@code at} on. Use is to be marked.
     */
    public Slot add(int at, byte[] message) {
        Slot slot = add();
        if (slot.isKept() && message.length > slot.room(at)) {
            slot.free();
            box.spoil("a thing of kind " + kind + " has " + message.length + " bytes");
            return Slot.NONE;
        }
        slot.put(1, message.length);
        slot.putBytes(at, message);
        return slot;
    }

    void giveBack(Slot slot) {
        lock.lock();
        try {
            former.remove(slot.index());
            free.addFirst(slot);
        } finally {
            lock.unlock();
        }
    }

    /** What the life before has left, and nobody has adopted. */
    public List<Slot> former() {
        lock.lock();
        try {
            return new ArrayList<>(former.values());
        } finally {
            lock.unlock();
        }
    }

    /** Somebody keeps this one up from now on; false if it is not there any more. */
    public boolean adopt(Slot slot) {
        lock.lock();
        try {
            return former.remove(slot.index()) != null;
        } finally {
            lock.unlock();
        }
    }

    /** The one of the life before whose word 1 is {@code key}, adopted; else a new one. */
    public Slot adoptOrAdd(long key) {
        Slot adopted = adoptBy(key);
        return adopted == null ? add() : adopted;
    }

    /** The one of the life before whose word 1 is {@code key}, adopted; null if there is none. */
    public @Nullable Slot adoptBy(long key) {
        lock.lock();
        try {
            Slot slot = formerByKey.remove(key);
            return slot == null ? null : former.remove(slot.index());
        } finally {
            lock.unlock();
        }
    }

    /** Frees what nobody has adopted. */
    public void freeFormer() {
        lock.lock();
        try {
            for (Slot slot : former.values()) {
                slot.put(0, 0);
                free.addFirst(slot);
            }
            former.clear();
            formerByKey.clear();
        } finally {
            lock.unlock();
        }
    }
}
