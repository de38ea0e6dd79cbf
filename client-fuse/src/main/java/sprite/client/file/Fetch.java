package sprite.client.file;

import java.util.concurrent.CompletableFuture;

/**
 * Blocks being read from the server. Whoever changes one of them meanwhile voids it, since what comes may be older.
 * Confined to the lock of its file, except for {@code done}.
 */
final class Fetch {
    final long firstBlock;
    final int count;

    /** Completed when what came is installed, or was not good; failed with an FsException. */
    final CompletableFuture<Void> done = new CompletableFuture<>();

    private long voided;

    Fetch(long firstBlock, int count) {
        if (count > Long.SIZE) {
            throw new IllegalArgumentException(count + " blocks");
        }
        this.firstBlock = firstBlock;
        this.count = count;
    }

    void voidBlock(long index) {
        voided |= 1L << (index - firstBlock);
    }

    void cancel() {
        voided = -1L;
    }

    boolean isVoid(long index) {
        return (voided & (1L << (index - firstBlock))) != 0;
    }
}
