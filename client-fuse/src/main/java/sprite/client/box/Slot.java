package sprite.client.box;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A place for one thing in a {@link Box}, in words of eight bytes. Word 0 is not 0 while the slot is in use, so what is
 * stored before it is there whenever it is. Every store comes after those before it, also for who reads the file when
 * this process has been killed. Confined to whoever owns the thing.
 */
public final class Slot {
    /** Of a box that keeps nothing. */
    public static final Slot NONE = new Slot(null, -1, MemorySegment.NULL);

    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final @Nullable Slots owner;
    private final int index;
    private final MemorySegment memory;

    Slot(@Nullable Slots owner, int index, MemorySegment memory) {
        this.owner = owner;
        this.index = index;
        this.memory = memory;
    }

    /** Whether what is put here is kept. */
    public boolean isKept() {
        return index >= 0;
    }

    /** Its number among those of its kind. */
    public int index() {
        return index;
    }

    public void put(int word, long value) {
        if (index >= 0) {
            WORD.setRelease(memory, (long) word * Long.BYTES, value);
        }
    }

    /** 0 if nothing is kept. */
    public long get(int word) {
        return index >= 0 ? (long) WORD.getAcquire(memory, (long) word * Long.BYTES) : 0;
    }

    /** Puts bytes, from the beginning of a word on. Whatever says that they are there is to be put afterwards. */
    public void putBytes(int word, byte[] bytes) {
        if (index >= 0) {
            MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, (long) word * Long.BYTES, bytes.length);
        }
    }

    public byte[] getBytes(int word, int length) {
        return index < 0
                ? new byte[0]
                : memory.asSlice((long) word * Long.BYTES, length).toArray(JAVA_BYTE);
    }

    /** Bytes from a word to the end. */
    public int room(int word) {
        return (int) memory.byteSize() - word * Long.BYTES;
    }

    /** The thing is no more. */
    public void free() {
        Slots mine = owner;
        if (mine != null) {
            put(0, 0);
            mine.giveBack(this);
        }
    }
}
