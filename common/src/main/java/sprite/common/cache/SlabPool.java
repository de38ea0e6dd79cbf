package sprite.common.cache;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Off-heap memory in pieces of 4, 8, 16, 32 or 64 KiB, so that a small file costs a small piece. Pieces are cut from
 * chunks of 4 MiB and recycled per size; memory is zeroed only when a chunk is new, so a borrower must write before it
 * reads. The pool sets no limit: its users bound what they borrow by {@link #sizeFor}.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
public final class SlabPool implements AutoCloseable {
    /** Bytes of the largest piece: a full cache block. */
    public static final int SLAB_MAX = 64 * 1024;

    /** Bytes of the smallest piece. */
    public static final int SLAB_MIN = 4 * 1024;

    /** Bytes of a chunk. */
    public static final int CHUNK = 4 * 1024 * 1024;

    private static final int CLASSES = Integer.numberOfTrailingZeros(SLAB_MAX / SLAB_MIN) + 1;

    /** Guards the free lists and the arenas. A leaf: nothing else is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final List<ArrayDeque<MemorySegment>> free = new ArrayList<>();

    @GuardedBy("lock")
    private final List<Arena> chunks = new ArrayList<>();

    @GuardedBy("lock")
    private long borrowedBytes;

    private final Source source;

    /** Where chunks come from. */
    @FunctionalInterface
    public interface Source {
        /**
         * Memory that is used until the arena is closed.
         *
         * @param bytes of it
         * @param piece what it will be cut into
         */
        MemorySegment take(Arena arena, int bytes, int piece);
    }

    /** Memory of this process. */
    public static final Source ORDINARY = (arena, bytes, _) -> PageMemory.allocate(arena, bytes);

    /** An empty pool. */
    public SlabPool() {
        this(ORDINARY);
    }

    /** An empty pool whose memory comes from {@code source}. */
    public SlabPool(Source source) {
        this.source = source;
        for (int i = 0; i < CLASSES; i++) {
            free.add(new ArrayDeque<>());
        }
    }

    /** The size of the piece that {@code bytes} (1 to {@link #SLAB_MAX}) would be given. */
    public static int sizeFor(int bytes) {
        if (bytes < 1 || bytes > SLAB_MAX) {
            throw new IllegalArgumentException("no slab of " + bytes + " bytes");
        }
        return Math.max(SLAB_MIN, Integer.highestOneBit(bytes * 2 - 1));
    }

    /** Borrows a piece of at least {@code bytes} (1 to {@link #SLAB_MAX}); its content is arbitrary. */
    public MemorySegment borrow(int bytes) {
        int size = sizeFor(bytes);
        int index = Integer.numberOfTrailingZeros(size / SLAB_MIN);
        lock.lock();
        try {
            ArrayDeque<MemorySegment> pieces = free.get(index);
            if (pieces.isEmpty()) {
                Arena chunk = Arena.ofShared();
                chunks.add(chunk);
                MemorySegment memory = source.take(chunk, CHUNK, size);
                for (long at = 0; at < CHUNK; at += size) {
                    pieces.addLast(memory.asSlice(at, size));
                }
            }
            borrowedBytes += size;
            return pieces.removeFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in a chunk that was cut before.
     *
     * @param arena that it was mapped in, and that is closed with this pool
     * @param isBorrowed whether a piece is somebody's already
     */
    public void restore(Arena arena, MemorySegment chunk, int piece, Predicate<MemorySegment> isBorrowed) {
        int index = Integer.numberOfTrailingZeros(piece / SLAB_MIN);
        lock.lock();
        try {
            if (!chunks.contains(arena)) {
                chunks.add(arena);
            }
            for (long at = 0; at < chunk.byteSize(); at += piece) {
                MemorySegment one = chunk.asSlice(at, piece);
                if (isBorrowed.test(one)) {
                    borrowedBytes += piece;
                } else {
                    free.get(index).addLast(one);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns a piece that {@link #borrow} gave out; the caller must not touch it afterwards. */
    public void giveBack(MemorySegment slab) {
        int index = Integer.numberOfTrailingZeros((int) slab.byteSize() / SLAB_MIN);
        lock.lock();
        try {
            free.get(index).addFirst(slab);
            borrowedBytes -= slab.byteSize();
        } finally {
            lock.unlock();
        }
    }

    /** Bytes given out at present. */
    public long borrowedBytes() {
        lock.lock();
        try {
            return borrowedBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Bytes taken from the operating system. */
    public long reservedBytes() {
        lock.lock();
        try {
            return (long) chunks.size() * CHUNK;
        } finally {
            lock.unlock();
        }
    }

    /** Gives all memory back to the operating system; whoever still uses a piece gets an IllegalStateException. */
    @Override
    public void close() {
        lock.lock();
        try {
            free.forEach(ArrayDeque::clear);
            chunks.forEach(Arena::close);
            chunks.clear();
            borrowedBytes = 0;
        } finally {
            lock.unlock();
        }
    }
}
