package sprite.client.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;

/** The files that all programs use, and what is known to have been done to them. Confined to the world's carrier. */
final class Shared {
    /** A file of records, each at its place, written and read whole. */
    static final class Records {
        final String name;
        final int stride;
        final List<Register> slots = new ArrayList<>();

        @Nullable
        FileId file;

        Records(String name, int slots, int stride) {
            this.name = name;
            this.stride = stride;
            for (int slot = 0; slot < slots; slot++) {
                this.slots.add(new Register(name + "[" + slot + "]", 0));
            }
        }

        /** Where a record begins. */
        long offset(int slot) {
            return slot == 0 ? 0 : (long) slot * stride - Slot.BYTES / 2;
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
    final AppendLog log = new AppendLog();

    @Nullable
    FileId directory;

    private long ticks;
    long increments;

    Shared() {
        records.add(new Records("near", 5, Slot.BYTES * 2));
        records.add(new Records("far", 3, 65_536));
        records.add(new Records("single", 1, Slot.BYTES));
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
}
