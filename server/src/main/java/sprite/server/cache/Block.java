package sprite.server.cache;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import sprite.common.cache.SlabPool;

/**
 * A block in memory. The cache holds one reference, everybody who copies in or out another; the memory goes back to the
 * pool with the last one, so that an eviction never takes it from under a reader.
 *
 * <p>Thread-safe as to references; content and length are changed only under the exclusive lock of the file.
 */
final class Block {
    private final SlabPool pool;
    private final MemorySegment slab;
    private final AtomicInteger references = new AtomicInteger(1);

    /** Valid bytes; what follows them in the block is zeros. */
    private volatile int length;

    Block(SlabPool pool, MemorySegment slab) {
        this.pool = pool;
        this.slab = slab;
    }

    /** Takes a reference; false if the memory is gone already. */
    boolean retain() {
        int held = references.get();
        while (held > 0) {
            if (references.compareAndSet(held, held + 1)) {
                return true;
            }
            held = references.get();
        }
        return false;
    }

    /** Lets a reference go. */
    void release() {
        if (references.decrementAndGet() == 0) {
            pool.giveBack(slab);
        }
    }

    /** Bytes of memory it occupies. */
    int weight() {
        return (int) slab.byteSize();
    }

    MemorySegment slab() {
        return slab;
    }

    void filled(int bytes) {
        length = bytes;
    }

    /** Copies out; past the valid bytes there are zeros. */
    void copyOut(int from, MemorySegment into, long at, int bytes) {
        int valid = Math.clamp((long) length - from, 0, bytes);
        if (valid > 0) {
            MemorySegment.copy(slab, from, into, at, valid);
        }
        if (valid < bytes) {
            into.asSlice(at + valid, bytes - valid).fill((byte) 0);
        }
    }

    /** Copies in, or returns false if the piece of memory is too small for that. */
    boolean copyIn(int to, MemorySegment data, long at, int bytes) {
        if (to + bytes > slab.byteSize()) {
            return false;
        }
        if (to > length) {
            slab.asSlice(length, to - length).fill((byte) 0);
        }
        MemorySegment.copy(data, at, slab, to, bytes);
        length = Math.max(length, to + bytes);
        return true;
    }
}
