package sprite.server.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import sprite.common.cache.SlabPool;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;

/**
 * Blocks of file data in memory, those used most. Writes only change blocks that are here: the operating system's page
 * cache has what was just written, and a large file streaming through must not push out what is read again and again.
 *
 * <p>Thread-safe, provided that {@link #write} and {@link #drop} on a file exclude everything else on that file.
 */
public final class BlockCache implements AutoCloseable {
    /** Bytes of a block. */
    public static final int BLOCK_SIZE = Protocol.BLOCK_SIZE;

    private final SlabPool pool = new SlabPool();
    private final Cache<BlockKey, Block> blocks;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /** An empty cache of at most {@code capacityBytes}. */
    public BlockCache(long capacityBytes) {
        this.blocks = Caffeine.newBuilder()
                .maximumWeight(capacityBytes)
                .weigher((BlockKey key, Block block) -> block.weight())
                .executor(Runnable::run)
                .removalListener(BlockCache::removed)
                .build();
    }

    /** Brings a block's content from the disk. */
    public interface Loader {
        /**
         * Fills {@code into} from its beginning.
         *
         * @return bytes filled; what is past them is zeros
         */
        int load(MemorySegment into) throws FsException;
    }

    /**
     * Copies part of a block out, loading the block if it is not here.
     *
     * @param from first byte, counted from the beginning of the block
     * @param into where to, beginning at {@code at}
     * @param bytes how many, at most to the end of the block
     * @param expected bytes of the block that the file has now, at least {@code from + bytes}
     */
    public void read(
            FileId file, long block, int from, MemorySegment into, long at, int bytes, int expected, Loader loader)
            throws FsException {
        BlockKey key = new BlockKey(file.domain(), file.inode(), block);
        Block present = blocks.getIfPresent(key);
        if (present != null && present.retain()) {
            hits.increment();
            try {
                present.copyOut(from, into, at, bytes);
            } finally {
                present.release();
            }
            return;
        }
        misses.increment();
        Block loaded = new Block(pool, pool.borrow(expected));
        try {
            loaded.filled(loader.load(loaded.slab().asSlice(0, expected)));
            loaded.copyOut(from, into, at, bytes);
            loaded.retain();
            if (blocks.asMap().putIfAbsent(key, loaded) != null) {
                loaded.release();
            }
        } finally {
            loaded.release();
        }
    }

    /** Changes the blocks under the bytes at {@code offset} that are here. */
    public void write(FileId file, long offset, MemorySegment data) {
        long done = 0;
        while (done < data.byteSize()) {
            long block = (offset + done) / BLOCK_SIZE;
            int to = (int) ((offset + done) % BLOCK_SIZE);
            int bytes = (int) Math.min(BLOCK_SIZE - to, data.byteSize() - done);
            BlockKey key = new BlockKey(file.domain(), file.inode(), block);
            Block present = blocks.getIfPresent(key);
            if (present != null && present.retain()) {
                boolean fits;
                try {
                    fits = present.copyIn(to, data, done, bytes);
                } finally {
                    present.release();
                }
                if (!fits) {
                    blocks.invalidate(key);
                }
            }
            done += bytes;
        }
    }

    /** Forgets the blocks {@code first} to {@code last} (inclusive) of a file. */
    public void drop(FileId file, long first, long last) {
        if (last - first < blocks.estimatedSize()) {
            for (long block = first; block <= last; block++) {
                blocks.invalidate(new BlockKey(file.domain(), file.inode(), block));
            }
        } else {
            blocks.asMap()
                    .keySet()
                    .removeIf(key -> key.inode() == file.inode()
                            && key.domain() == file.domain()
                            && key.block() >= first
                            && key.block() <= last);
        }
    }

    /** Changes how many bytes it may hold; less takes effect at once. */
    public void resize(long capacityBytes) {
        blocks.policy().eviction().orElseThrow().setMaximum(capacityBytes);
    }

    /** Bytes that it may hold. */
    public long capacityBytes() {
        return blocks.policy().eviction().orElseThrow().getMaximum();
    }

    /** Bytes that it holds. */
    public long sizeBytes() {
        return pool.borrowedBytes();
    }

    /** Reads of blocks that were here. */
    public long hits() {
        return hits.sum();
    }

    /** Reads of blocks that had to be loaded. */
    public long misses() {
        return misses.sum();
    }

    /** Gives the memory back. Nobody may use the cache any more. */
    @Override
    public void close() {
        blocks.invalidateAll();
        blocks.cleanUp();
        pool.close();
    }

    private static void removed(@Nullable BlockKey key, @Nullable Block block, RemovalCause cause) {
        if (block != null) {
            block.release();
        }
    }
}
