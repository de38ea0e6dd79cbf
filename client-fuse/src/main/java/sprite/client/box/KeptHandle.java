package sprite.client.box;

import java.util.ArrayList;
import java.util.List;
import sprite.common.wire.proto.FormerFile;
import sprite.common.wire.proto.FormerMount;

/** What is kept of an open file. Confined to the file's lock, but for the number that the kernel has for it. */
public final class KeptHandle {
    /** Of a mount of which nothing is kept. */
    public static final KeptHandle NONE = new KeptHandle(Slot.NONE);

    static final int INODE = 2;
    private static final int NUMBER = 1;
    private static final int FLAGS = 3;

    /** The kernel's number plus 1; 0 until it has one. */
    private static final int KERNEL = 4;

    private static final int OPENER = 5;
    private static final int TOLD = 6;

    // Of FLAGS.
    public static final int READ = 1;
    public static final int WRITE = 2;
    public static final int EXECUTE = 4;
    public static final int APPEND = 8;
    public static final int ATTACHED = 16;
    public static final int FLUSHED = 32;
    public static final int MAY_HOLD_LOCKS = 64;
    public static final int BROKEN = 128;

    private final Slot slot;
    private long flags;
    private long told;

    private KeptHandle(Slot slot) {
        this.slot = slot;
        this.flags = slot.get(FLAGS);
        this.told = slot.get(TOLD);
    }

    /** A handle that was there in the life before. */
    public static KeptHandle adopted(Box box, long number, long inode, long flags) {
        Slot former = box.slots(Kind.HANDLE).adoptBy(number);
        return former == null ? of(box, number, inode, 0, flags) : new KeptHandle(former);
    }

    /**
     * A handle that is new.
     *
     * @param opener the kernel's number of the request that opens it; 0 if there is none
     */
    public static KeptHandle of(Box box, long number, long inode, long opener, long flags) {
        Slot slot = box.slots(Kind.HANDLE).add();
        slot.put(NUMBER, number);
        slot.put(INODE, inode);
        slot.put(FLAGS, flags);
        slot.put(KERNEL, 0);
        slot.put(OPENER, opener);
        slot.put(TOLD, 0);
        slot.put(0, 1);
        return new KeptHandle(slot);
    }

    public void is(long nowFlags, long nowTold) {
        if (flags != nowFlags) {
            flags = nowFlags;
            slot.put(FLAGS, nowFlags);
        }
        if (told != nowTold) {
            told = nowTold;
            slot.put(TOLD, nowTold);
        }
    }

    /** The kernel is about to be told this number for it. */
    public void numbered(long kernel) {
        slot.put(KERNEL, kernel + 1);
    }

    /** It is released. */
    public void end() {
        slot.free();
    }

    static FormerFile.Handle read(Slot slot) {
        long flags = slot.get(FLAGS);
        return FormerFile.Handle.newBuilder()
                .setNumber(slot.get(NUMBER))
                .setRead((flags & READ) != 0)
                .setWrite((flags & WRITE) != 0)
                .setExecute((flags & EXECUTE) != 0)
                .setAppend((flags & APPEND) != 0)
                .setAttached((flags & ATTACHED) != 0)
                .setFlushed((flags & FLUSHED) != 0)
                .setMayHoldLocks((flags & MAY_HOLD_LOCKS) != 0)
                .setBroken((flags & BROKEN) != 0)
                .setFailureTold(slot.get(TOLD))
                .setOpener(slot.get(OPENER))
                .setUnknown(slot.get(KERNEL) == 0)
                .build();
    }

    /** The kernel's numbers. */
    static List<FormerMount.OpenNumber> numbers(Box box) {
        List<FormerMount.OpenNumber> all = new ArrayList<>();
        for (Slot slot : box.slots(Kind.HANDLE).former()) {
            if (slot.get(KERNEL) != 0) {
                all.add(FormerMount.OpenNumber.newBuilder()
                        .setKernel(slot.get(KERNEL) - 1)
                        .setHandle(slot.get(NUMBER))
                        .build());
            }
        }
        return all;
    }
}
