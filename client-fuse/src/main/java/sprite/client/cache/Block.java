package sprite.client.cache;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import sprite.client.box.KeptBlocks;
import sprite.client.box.Slot;
import sprite.common.wire.Protocol;

/**
 * Up to 64 KiB of a file at a multiple of 64 KiB. Bytes {@code [from, to)} are known, of those {@code [dirtyFrom,
 * dirtyTo)} are newer than the server's, {@code [flightFrom, flightTo)} have been sent to it and not been answered, and
 * {@code [uncommittedFrom, uncommittedTo)} have been answered and may not be on its disk. Whoever changes one calls
 * {@link BlockStore#account} before letting go of the lock.
 *
 * <p>Confined to the lock of its owner.
 */
public final class Block {
    /** Bytes of a full block. */
    public static final int SIZE = Protocol.BLOCK_SIZE;

    /** How the memory of a block is counted. */
    enum Hold {
        NONE,
        CLEAN,
        FRESH,
        UNCOMMITTED,
        PINNED
    }

    final BlockOwner owner;
    private final long index;

    @Nullable
    MemorySegment slab;

    Hold accounted = Hold.NONE;
    int accountedBytes;

    private int from;
    private int to;
    private int dirtyFrom;
    private int dirtyTo;
    private int flightFrom;
    private int flightTo;
    private int uncommittedFrom;
    private int uncommittedTo;

    /** Covers what is uncommitted. */
    private long stamp;

    /** Was made dirty by {@link #lost} alone. */
    private boolean again;

    private int freshFor;

    /** Where {@link #slab} is for this client's next life; 0: in ordinary memory. */
    long place;

    /** What is kept of it, and its word 0. */
    Slot slot = Slot.NONE;

    long span;

    /** An empty block. */
    public Block(BlockOwner owner, long index) {
        this.owner = owner;
        this.index = index;
    }

    /** Which block of the file: its offset divided by 64 KiB. */
    public long index() {
        return index;
    }

    public boolean covers(int begin, int end) {
        return from <= begin && end <= to;
    }

    /** First byte known. */
    public int from() {
        return from;
    }

    /** End of the bytes known. */
    public int to() {
        return to;
    }

    public int dirtyFrom() {
        return dirtyFrom;
    }

    public int dirtyTo() {
        return dirtyTo;
    }

    public boolean isDirty() {
        return dirtyTo > dirtyFrom;
    }

    public int dirtyBytes() {
        return dirtyTo - dirtyFrom;
    }

    /** Whether bytes were sent and not answered. */
    public boolean isFlying() {
        return flightTo > flightFrom;
    }

    /** Whether bytes were answered that may not be on the server's disk. */
    public boolean isUncommitted() {
        return uncommittedTo > uncommittedFrom;
    }

    /** The commit stamp that covers them. */
    public long stamp() {
        return stamp;
    }

    /** Whether it is dirty only because the server's machine has lost what it had. */
    public boolean isAgain() {
        return again && isDirty();
    }

    /** Where the bytes begin that may not be on the server's disk, with what is known between them. */
    public int unarrivedFrom() {
        int first = isDirty() ? dirtyFrom : to;
        first = isFlying() ? Math.min(first, flightFrom) : first;
        return isUncommitted() ? Math.min(first, uncommittedFrom) : first;
    }

    /** Where they end. */
    public int unarrivedTo() {
        return Math.min(to, Math.max(uncommittedTo, Math.max(dirtyTo, flightTo)));
    }

    /** The bytes; only those known mean anything. */
    public MemorySegment bytes() {
        if (slab == null) {
            throw new IllegalStateException("block " + index + " has no memory");
        }
        return slab;
    }

    /**
     * Copies what comes for {@code [begin, end)} of a block that begins at {@code dataOffset} of the data; then zeros.
     */
    public void fill(ByteString data, int dataOffset, int begin, int end) {
        int has = Math.max(begin, Math.min(end, data.size() - dataOffset));
        if (has > begin) {
            int at = begin;
            ByteString part = data.substring(dataOffset + begin, dataOffset + has);
            for (ByteBuffer piece : part.asReadOnlyByteBufferList()) {
                MemorySegment from = MemorySegment.ofBuffer(piece);
                MemorySegment.copy(from, 0, bytes(), at, from.byteSize());
                at += (int) from.byteSize();
            }
        }
        if (end > has) {
            bytes().asSlice(has, end - has).fill((byte) 0);
        }
    }

    /** {@code [begin, end)} are known now; they adjoin what was known. */
    public void know(int begin, int end) {
        if (to == from) {
            from = begin;
            to = end;
        } else {
            from = Math.min(from, begin);
            to = Math.max(to, end);
        }
    }

    /** {@code [begin, end)}, and what lies between them and other dirty bytes, have to be written back. */
    public void dirty(int begin, int end) {
        dirtyFrom = isDirty() ? Math.min(dirtyFrom, begin) : begin;
        dirtyTo = Math.max(dirtyTo, end);
        again = false;
        freshFor = 0;
    }

    /** The dirty bytes are on their way. */
    public void takeOff() {
        flightFrom = dirtyFrom;
        flightTo = dirtyTo;
        dirtyFrom = 0;
        dirtyTo = 0;
    }

    /**
     * They have arrived, or are dirty again.
     *
     * @param covering commit stamp of what has arrived; 0: it need not be kept
     */
    public void land(boolean arrived, long covering) {
        int begin = flightFrom;
        int end = Math.min(flightTo, to);
        flightFrom = 0;
        flightTo = 0;
        if (begin < end) {
            if (!arrived) {
                dirty(begin, end);
            } else if (covering != 0) {
                uncommittedFrom = isUncommitted() ? Math.min(uncommittedFrom, begin) : begin;
                uncommittedTo = Math.max(uncommittedTo, end);
                stamp = Math.max(stamp, covering);
            }
        }
    }

    /** All that was answered is on the server's disk. */
    public void committed() {
        uncommittedFrom = 0;
        uncommittedTo = 0;
        stamp = 0;
    }

    /** What was answered and not committed has been lost there: it is dirty again. */
    public void lost() {
        boolean only = !isDirty() && !isFlying();
        dirty(uncommittedFrom, uncommittedTo);
        again = only;
        committed();
    }

    /** Nothing at or after {@code end} is known. */
    public void cut(int end) {
        to = Math.max(from, Math.min(to, end));
        dirtyTo = Math.min(dirtyTo, end);
        if (dirtyTo <= dirtyFrom) {
            dirtyFrom = 0;
            dirtyTo = 0;
        }
        uncommittedTo = Math.min(uncommittedTo, end);
        if (!isUncommitted()) {
            committed();
        }
    }

    /** Was fetched for somebody who has not read it yet: the policy leaves it alone for two scans. */
    public void fresh() {
        freshFor = 2;
    }

    /** Was read, or nobody came. */
    public void stale() {
        freshFor = 0;
    }

    /** A scan has passed. */
    public void age() {
        freshFor = Math.max(0, freshFor - 1);
    }

    public boolean isFresh() {
        return freshFor > 0;
    }

    /** What would be lost with this process, as a word; 0: nothing. */
    long unsafeSpan() {
        if (!isDirty() && !isFlying()) {
            return 0;
        }
        int first = isDirty() ? dirtyFrom : flightFrom;
        int last = Math.min(to, Math.max(dirtyTo, flightTo));
        first = isFlying() ? Math.min(first, flightFrom) : first;
        return first < last ? KeptBlocks.span(first, last) : 0;
    }

    Hold hold() {
        if (slab == null) {
            return Hold.NONE;
        }
        if (isDirty() || isFlying()) {
            return Hold.PINNED;
        }
        if (isUncommitted()) {
            return Hold.UNCOMMITTED;
        }
        return freshFor > 0 ? Hold.FRESH : Hold.CLEAN;
    }
}
