package sprite.client.box;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import sprite.common.name.FileId;

/** Open files of which a write may change more than the data. Thread-safe: a concurrent map. */
public final class KeptMarks {
    /** What a write may have to clear: set-id bits. */
    public static final int SET_ID = 1;

    /** Likewise capabilities. */
    public static final int XATTRS = 2;

    private static final int INODE = 1;
    private static final int WHAT = 2;

    private final Slots slots;
    private final Map<Mark, Slot> marks = new ConcurrentHashMap<>();

    private record Mark(FileId file, int what) {}

    public KeptMarks(Box box) {
        slots = box.slots(Kind.MARK);
    }

    public void add(FileId file, int what) {
        var _ = marks.computeIfAbsent(new Mark(file, what), mark -> {
            Slot slot = slots.add();
            slot.put(INODE, file.statInode());
            slot.put(WHAT, what);
            slot.put(0, 1);
            return slot;
        });
    }

    public void remove(FileId file, int what) {
        Slot slot = marks.remove(new Mark(file, what));
        if (slot != null) {
            slot.free();
        }
    }

    static List<FileId> former(Box box, int what) {
        List<FileId> all = new ArrayList<>();
        for (Slot slot : box.slots(Kind.MARK).former()) {
            if (slot.get(WHAT) == what) {
                all.add(KeptFile.file(slot.get(INODE)));
            }
        }
        return all;
    }
}
