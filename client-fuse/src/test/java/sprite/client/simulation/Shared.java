package sprite.client.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;

/** The files that all programs use, and what is known to have been done to them. Confined to the world's carrier. */
final class Shared {
    /** A file of records, each at its place, written and read whole. */
    static final class Records {
        final String name;
        private final int stride;
        private final int shift;
        final List<Register> slots = new ArrayList<>();

        @Nullable
        FileId file;

        Records(String name, int slots, int stride, int shift) {
            this.name = name;
            this.stride = stride;
            this.shift = shift;
            for (int slot = 0; slot < slots; slot++) {
                this.slots.add(new Register(name + "[" + slot + "]", 0));
            }
        }

        /** Where a record begins. */
        long offset(int slot) {
            return slot == 0 ? 0 : (long) slot * stride - shift;
        }

        long size() {
            return offset(slots.size() - 1) + Slot.BYTES;
        }

        FileId file() {
            FileId made = file;
            if (made == null) {
                throw new IllegalStateException(name + " was not made");
            }
            return made;
        }
    }

    final List<Records> records = new ArrayList<>();
    final Register replaced = new Register("replaced", 0);

    /** The file that is there under the name. */
    final Register replacedBy = new Register("the name of replaced", 0);

    final AppendLog log = new AppendLog();

    /** Other names in the directory. */
    final NameLog names = new NameLog();

    /** Who holds which of two locks; 0: nobody. */
    final long[] held = new long[2];

    /** And where. */
    final @Nullable Node[] holders = new Node[2];

    /** Whether programs sync what must not be lost. */
    final boolean careful;

    @Nullable
    FileId directory;

    @Nullable
    FileId firstReplaced;

    /** Whether some of the files are in a domain of another server. */
    boolean hasProjects;

    /** How often what was not synced was lost. */
    int powerLosses;

    long increments;

    /** Whether somebody who may have counted is gone, and increments with it. */
    boolean countInDoubt;

    private long ticks;

    /**
     * Nothing yet.
     *
     * @param careful whether clients or servers may be lost, so that programs sync, and no record lies across blocks,
     *     of which one may be lost
     */
    Shared(boolean careful) {
        this.careful = careful;
        records.add(new Records("near", 5, Slot.BYTES * 2, Slot.BYTES / 2));
        records.add(new Records("far", 3, 65_536, careful ? 0 : Slot.BYTES / 2));
        records.add(new Records("single", 1, Slot.BYTES, 0));
    }

    /** A time later than all before. */
    long tick() {
        return ++ticks;
    }

    FileId directory() {
        FileId made = directory;
        if (made == null) {
            throw new IllegalStateException("the directory was not made");
        }
        return made;
    }

    /** A client is gone: what it alone knew may be gone too. */
    void lost(Node client) {
        records.forEach(each -> each.slots.forEach(slot -> slot.lost(client)));
        replaced.lost(client);
        replacedBy.lost(client);
        log.lost(client);
        names.lost(client);
        countInDoubt = true;
        for (int i = 0; i < held.length; i++) {
            if (client.equals(holders[i])) {
                held[i] = 0;
            }
        }
    }

    /**
     * The server's machine stopped: what was not synced may be gone, but for what living clients wrote to their caches
     * in files whose names were.
     */
    void powerLost(Predicate<Object> isGone, LongPredicate wentPast) {
        powerLosses++;
        records.forEach(each -> each.slots.forEach(slot -> slot.powerLost(isGone, wentPast)));
        replaced.unsyncedLost();
        replacedBy.unsyncedLost();
        log.unsyncedLost();
        names.unsyncedLost();
        countInDoubt = true;
    }

    /** The locks of a program end. */
    void release(long owner) {
        for (int i = 0; i < held.length; i++) {
            if (held[i] == owner) {
                held[i] = 0;
            }
        }
    }
}
