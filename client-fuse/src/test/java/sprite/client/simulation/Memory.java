package sprite.client.simulation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Memory for the clients' caches, used again by the next world: new memory costs more than a whole simulated second.
 * Filled with what no file contains. Confined to one carrier.
 */
final class Memory {
    private static final byte NOT_A_FILE = (byte) 0xEE;
    private static final long PAGE = 4096;

    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private final ArrayDeque<MemorySegment> lent = new ArrayDeque<>();

    /** Memory that is the borrower's until {@link #recycle}. */
    MemorySegment lend(long bytes) {
        MemorySegment chunk = free.pollFirst();
        if (chunk == null || chunk.byteSize() < bytes) {
            chunk = Arena.ofAuto().allocate(bytes, PAGE);
        }
        lent.addLast(chunk);
        return chunk.asSlice(0, bytes).fill(NOT_A_FILE);
    }

    /** The world is over: nobody uses what was lent. */
    void recycle() {
        free.addAll(lent);
        lent.clear();
    }
}
