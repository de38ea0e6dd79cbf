package sprite.common.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlabPoolTest {
    private static final int MANY = 200; // of the largest pieces: several chunks

    @Test
    void piecesDoNotOverlapAndAreFreeOfOthersBytesWhenNew() {
        try (SlabPool pool = new SlabPool()) {
            List<MemorySegment> pieces = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                MemorySegment piece = pool.borrow(SlabPool.SLAB_MAX - i);
                assertEquals(SlabPool.SLAB_MAX, piece.byteSize());
                assertEquals(-1, piece.mismatch(MemorySegment.ofArray(new byte[SlabPool.SLAB_MAX])));
                piece.fill((byte) i);
                pieces.add(piece);
            }
            for (int i = 0; i < MANY; i++) {
                assertEquals((byte) i, pieces.get(i).get(ValueLayout.JAVA_BYTE, 0));
                assertEquals((byte) i, pieces.get(i).get(ValueLayout.JAVA_BYTE, SlabPool.SLAB_MAX - 1));
            }
            assertEquals((long) MANY * SlabPool.SLAB_MAX, pool.borrowedBytes());
            assertTrue(pool.reservedBytes() >= pool.borrowedBytes());
        }
    }

    @Test
    void aPieceGivenBackIsUsedAgain() {
        try (SlabPool pool = new SlabPool()) {
            for (int size = SlabPool.SLAB_MIN; size <= SlabPool.SLAB_MAX; size *= 2) {
                MemorySegment piece = pool.borrow(size);
                pool.giveBack(piece);
                assertEquals(piece, pool.borrow(size / 2 + 1));
            }
            long reserved = pool.reservedBytes();
            pool.giveBack(pool.borrow(1));
            assertEquals(reserved, pool.reservedBytes());
        }
    }

    @Test
    void whoeverUsesAPieceOfAClosedPoolIsStopped() {
        SlabPool pool = new SlabPool();
        MemorySegment piece = pool.borrow(1);
        pool.close();
        assertThrows(IllegalStateException.class, () -> piece.set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
    }
}
