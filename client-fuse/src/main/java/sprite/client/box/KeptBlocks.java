package sprite.client.box;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Dirty bytes, by block. No state. */
public final class KeptBlocks {
    private static final int INODE = 1;
    private static final int INDEX = 2;
    private static final int PLACE = 3;
    private static final int BITS = 20;

    private KeptBlocks() {}

    /** Dirty bytes of a block that a life before has left. Immutable. */
    public record Former(Slot slot, long index, long place, int from, int to) {}

    /** A word that says which bytes of a block are dirty; never 0. */
    public static long span(int from, int to) {
        return (1L << (2 * BITS)) | ((long) to << BITS) | from;
    }

    /** A slot for a block that gets dirty. Word 0 is to be the span. */
    public static Slot of(Box box, long inode, long index, long place) {
        Slot slot = box.slots(Kind.BLOCK).add();
        slot.put(INODE, inode);
        slot.put(INDEX, index);
        slot.put(PLACE, place);
        return slot;
    }

    /** The block's bytes are elsewhere now. */
    public static void moved(Slot slot, long place) {
        slot.put(PLACE, place);
    }

    /** All blocks of the life before, by the {@code st_ino} of their files. */
    public static Map<Long, List<Former>> former(Box box) {
        Map<Long, List<Former>> all = new HashMap<>();
        for (Slot slot : box.slots(Kind.BLOCK).former()) {
            long span = slot.get(0);
            int mask = (1 << BITS) - 1;
            all.computeIfAbsent(slot.get(INODE), _ -> new ArrayList<>())
                    .add(new Former(slot, slot.get(INDEX), slot.get(PLACE), (int) (span & mask), (int)
                            ((span >>> BITS) & mask)));
        }
        return all;
    }
}
