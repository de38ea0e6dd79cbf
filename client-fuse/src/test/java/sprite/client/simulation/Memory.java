package sprite.client.simulation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Memory for the clients' caches, used again by the next world of the same thread: new memory costs more than a whole
 * simulated second. Never cleared, and so filled with what no file contains. Confined to one carrier.
 */
final class Memory {
    private static final byte NOT_A_FILE = (byte) 0xEE;

    private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();
    private final ArrayDeque<MemorySegment> lent = new ArrayDeque<>();

    /** An arena whose memory stays valid until {@link #recycle}, closed or not. */
    Arena arena() {
        return new Arena() {
            @Override
            public MemorySegment allocate(long bytes, long alignment) {
                MemorySegment chunk = free.pollFirst();
                if (chunk == null || chunk.byteSize() < bytes) {
                    chunk = Arena.ofAuto().allocate(bytes, alignment);
                }
                lent.addLast(chunk);
                return chunk.asSlice(0, bytes).fill(NOT_A_FILE);
            }

            @Override
            public MemorySegment.Scope scope() {
                return Arena.global().scope();
            }

            @Override
            public void close() {}
        };
    }

    /** The world is over: nobody uses what was lent. */
    void recycle() {
        free.addAll(lent);
        lent.clear();
    }
}
