package sprite.client.box;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.FileTime;
import sprite.common.wire.proto.FormerFile;

/** What is kept of a file. Only what has changed is stored. Confined to the file's lock. */
public final class KeptFile {
    public static final int VERSION = 2;
    public static final int FLAGS = 3;
    public static final int SIZE = 4;
    public static final int SERVER_SIZE = 5;
    public static final int SECONDS = 6;
    public static final int NANOS = 7;
    public static final int FAILURES = 8;

    /** {@link #failure} of the last one. */
    public static final int FAILURE = 9;

    public static final int SEQ_EPOCH = 10;
    public static final int SEQ_COUNTER = 11;

    private static final int INODE = 1;
    private static final int WORDS = 12;

    // Of FLAGS.
    public static final int CACHED = 1;
    public static final int REPORT = 2;
    public static final int REMOVED = 4;
    public static final int UNSURE = 8;
    public static final int UNKEPT = 16;

    private static final List<FsError> ERRORS = List.of(FsError.values());

    private final Slots slots;
    private final long inode;
    private final long[] stored = new long[WORDS];
    private Slot slot = Slot.NONE;

    public KeptFile(Box box, FileId file) {
        this.slots = box.slots(Kind.FILE);
        this.inode = file.statInode();
    }

    /** A failure as a number; 0: there is none. */
    public static int failure(@Nullable FsError error) {
        return error == null ? 0 : ERRORS.indexOf(error) + 1;
    }

    /** There is something to keep; {@link #put} may follow, and {@link #begun}. */
    public void begin() {
        if (!slot.isKept()) {
            slot = slots.add();
            for (int word = 0; word < WORDS; word++) {
                stored[word] = 0;
                slot.put(word, 0);
            }
            slot.put(INODE, inode);
        }
    }

    public void put(int word, long value) {
        if (stored[word] != value) {
            stored[word] = value;
            slot.put(word, value);
        }
    }

    /** Everything is there. */
    public void begun() {
        put(0, 1);
    }

    /** There is nothing to keep any more. */
    public void end() {
        if (slot.isKept()) {
            slot.free();
            slot = Slot.NONE;
        }
    }

    /** Goes on with the slot of the life before. */
    public void adopt() {
        Slot former = slots.adoptBy(inode);
        if (former != null) {
            slot = former;
            for (int word = 0; word < WORDS; word++) {
                stored[word] = former.get(word);
            }
        }
    }

    /** The file with that {@code st_ino}. */
    public static FileId file(long inode) {
        return new FileId((int) (inode >>> FileId.INODE_BITS), inode & FileId.INODE_MAX);
    }

    /** All files that the life before has left, with their handles. */
    static List<FormerFile> former(Box box) {
        Map<Long, FormerFile.Builder> files = new TreeMap<>();
        Set<Long> blocks = KeptBlocks.former(box).keySet();
        for (Slot slot : box.slots(Kind.FILE).former()) {
            FormerFile.Builder file = read(slot);
            long inode = slot.get(INODE);
            files.put(inode, file);
        }
        for (Slot handle : box.slots(Kind.HANDLE).former()) {
            long inode = handle.get(KeptHandle.INODE);
            files.computeIfAbsent(inode, _ -> FormerFile.newBuilder().setFile(Wire.toWire(file(inode))))
                    .addHandles(KeptHandle.read(handle));
        }
        List<FormerFile> all = new ArrayList<>();
        files.forEach((inode, file) -> {
            boolean dirty = blocks.contains(inode) || file.getLost();
            if (dirty || file.getHandlesCount() > 0 || file.getUnsure() || file.getReportDue()) {
                all.add(file.build());
            }
        });
        return all;
    }

    private static FormerFile.Builder read(Slot slot) {
        long flags = slot.get(FLAGS);
        long failure = slot.get(FAILURE);
        return FormerFile.newBuilder()
                .setFile(Wire.toWire(file(slot.get(INODE))))
                .setVersion(slot.get(VERSION))
                .setCached((flags & CACHED) != 0)
                .setReportDue((flags & REPORT) != 0)
                .setRemoved((flags & REMOVED) != 0)
                .setUnsure((flags & UNSURE) != 0)
                .setLost((flags & UNKEPT) != 0)
                .setSize(slot.get(SIZE))
                .setServerSize(slot.get(SERVER_SIZE))
                .setModified(FileTime.newBuilder().setSeconds(slot.get(SECONDS)).setNanos((int) slot.get(NANOS)))
                .setFailures(slot.get(FAILURES))
                .setFailure(failure == 0 ? "" : ERRORS.get((int) failure - 1).name())
                .setOpenEpoch(slot.get(SEQ_EPOCH))
                .setOpenCounter(slot.get(SEQ_COUNTER));
    }
}
