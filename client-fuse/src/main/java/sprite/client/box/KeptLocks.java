package sprite.client.box;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sprite.common.name.FileId;
import sprite.common.wire.proto.FormerLock;
import sprite.common.wire.proto.Lock;

/**
 * Locks of programs, and those that servers have still to give up for programs that are through with them. Thread-safe:
 * a concurrent map, whose entries are changed under whatever orders the changes of a file's locks.
 */
public final class KeptLocks {
    private static final int WHAT = 2;
    private static final int MESSAGE = 3;
    private static final long HELD = 1;
    private static final long OWED = 2;

    private final Box box;
    private final Map<FileId, List<Slot>> held = new ConcurrentHashMap<>();

    public KeptLocks(Box box) {
        this.box = box;
    }

    public boolean isKept() {
        return box.isKept();
    }

    /** These are all that is held on a file now. */
    public void are(FileId file, List<FormerLock> locks) {
        List<Slot> fresh = new ArrayList<>(locks.size());
        locks.forEach(lock -> fresh.add(keep(box, HELD, lock.toByteArray())));
        List<Slot> before = fresh.isEmpty() ? held.remove(file) : held.put(file, fresh);
        if (before != null) {
            before.forEach(Slot::free);
        }
    }

    /** These have to be given up; what runs when they have been. */
    public Runnable owes(List<Lock> unlocks) {
        List<Slot> owed = new ArrayList<>(unlocks.size());
        unlocks.forEach(unlock -> owed.add(keep(box, OWED, unlock.toByteArray())));
        return () -> owed.forEach(Slot::free);
    }

    private static Slot keep(Box box, long what, byte[] message) {
        Slot slot = box.slots(Kind.LOCK).add(MESSAGE, message);
        slot.put(WHAT, what);
        slot.put(0, 1);
        return slot;
    }

    /** The slot of an unlock that the life before owed, or a new one; to be freed when it is done. */
    static Slot owed(Box box, Lock unlock) throws InvalidProtocolBufferException {
        for (Slot slot : box.slots(Kind.LOCK).former()) {
            if (slot.get(WHAT) == OWED
                    && unlock.equals(message(slot))
                    && box.slots(Kind.LOCK).adopt(slot)) {
                return slot;
            }
        }
        return keep(box, OWED, unlock.toByteArray());
    }

    private static Lock message(Slot slot) throws InvalidProtocolBufferException {
        return Lock.parseFrom(slot.getBytes(MESSAGE, (int) slot.get(1)));
    }

    static List<FormerLock> former(Box box) throws InvalidProtocolBufferException {
        List<FormerLock> all = new ArrayList<>();
        for (Slot slot : box.slots(Kind.LOCK).former()) {
            if (slot.get(WHAT) == HELD) {
                all.add(FormerLock.parseFrom(slot.getBytes(MESSAGE, (int) slot.get(1))));
            }
        }
        return all;
    }

    static List<Lock> owed(Box box) throws InvalidProtocolBufferException {
        List<Lock> all = new ArrayList<>();
        for (Slot slot : box.slots(Kind.LOCK).former()) {
            if (slot.get(WHAT) == OWED) {
                all.add(message(slot));
            }
        }
        return all;
    }
}
