package sprite.client.file;

import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import sprite.client.cache.Block;
import sprite.client.cache.BlockStore;
import sprite.client.session.Committed;

/**
 * Blocks of one file that a server has answered and may not have on its disk. They are clean for all other purposes,
 * but stay until it has. Confined to the lock of their file.
 */
// See "Kept Until Committed" in docs/design-notes.md.
final class Uncommitted {
    private final BlockStore store;
    private final SortedMap<Long, Block> blocks = new TreeMap<>();

    Uncommitted(BlockStore store) {
        this.store = store;
    }

    boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** Whether the server's machine has lost some. */
    boolean isLost(Committed known) {
        return blocks.values().stream().anyMatch(block -> known.isLost(block.stamp()));
    }

    /** What was sent of the block has arrived, or it was cut: looks whether it is still to be kept. */
    void look(Block block) {
        if (block.isUncommitted()) {
            blocks.put(block.index(), block);
        } else {
            blocks.remove(block.index());
        }
    }

    /** The block is no more. */
    void drop(Block block) {
        blocks.remove(block.index());
    }

    /** Lets go of blocks that are on the disk. */
    void committed(LongPredicate isCommitted) {
        for (Block block : List.copyOf(blocks.values())) {
            if (isCommitted.test(block.stamp())) {
                block.committed();
                blocks.remove(block.index());
                store.account(block);
            }
        }
    }

    /** Makes those dirty again that the server's machine has lost; returns them. */
    Collection<Block> lost(Committed known) {
        committed(known::covers);
        List<Block> lost = blocks.values().stream()
                .filter(block -> known.isLost(block.stamp()))
                .toList();
        for (Block block : lost) {
            block.lost();
            blocks.remove(block.index());
            store.account(block);
        }
        return lost;
    }
}
