package sprite.client.box;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.FormerDirectory;

/**
 * What is kept of a directory that is being listed: behind which names the listing may go on. These are two, because
 * the kernel asks for the last piece again if it has not been answered. Confined to who lists it.
 */
public final class KeptDirectory {
    private static final int KERNEL = 1;
    private static final int INODE = 2;
    private static final int PLACES = 3;
    private static final int PLACE_WORDS = 40;

    private static final KeptDirectory NONE = new KeptDirectory(Slot.NONE);

    private final Slot slot;

    private KeptDirectory(Slot slot) {
        this.slot = slot;
    }

    /** A directory under the kernel's number for it. */
    public static KeptDirectory of(Box box, long kernel, FileId file) {
        if (!box.isKept()) {
            return NONE;
        }
        Slot former = box.slots(Kind.DIRECTORY).adoptBy(kernel);
        if (former != null) {
            return new KeptDirectory(former);
        }
        Slot slot = box.slots(Kind.DIRECTORY).add();
        slot.put(KERNEL, kernel);
        slot.put(INODE, file.statInode());
        slot.put(PLACES, 0);
        slot.put(PLACES + PLACE_WORDS, 0);
        slot.put(0, 1);
        return new KeptDirectory(slot);
    }

    /**
     * The kernel has asked for what comes at {@code from}, and will go on at {@code offset}, which is behind a name.
     */
    public void reaches(long from, long offset, String name) {
        if (!slot.isKept()) {
            return;
        }
        int at = slot.get(PLACES) == from + 1 ? PLACES + PLACE_WORDS : PLACES;
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        slot.put(at, 0);
        slot.putBytes(at + 2, bytes);
        slot.put(at + 1, bytes.length);
        slot.put(at, offset + 1);
    }

    /** It is closed. */
    public void end() {
        slot.free();
    }

    static List<FormerDirectory> former(Box box) {
        List<FormerDirectory> all = new ArrayList<>();
        for (Slot slot : box.slots(Kind.DIRECTORY).former()) {
            FormerDirectory.Builder directory = FormerDirectory.newBuilder()
                    .setKernel(slot.get(KERNEL))
                    .setFile(Wire.toWire(KeptFile.file(slot.get(INODE))));
            for (int at = PLACES; at <= PLACES + PLACE_WORDS; at += PLACE_WORDS) {
                if (slot.get(at) != 0) {
                    directory.addPlaces(FormerDirectory.Place.newBuilder()
                            .setOffset(slot.get(at) - 1)
                            .setBehind(com.google.protobuf.ByteString.copyFrom(
                                    slot.getBytes(at + 2, (int) slot.get(at + 1)))));
                }
            }
            all.add(directory.build());
        }
        return all;
    }
}
