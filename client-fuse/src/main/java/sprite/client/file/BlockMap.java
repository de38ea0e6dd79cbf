package sprite.client.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.client.box.KeptBlocks;
import sprite.client.cache.Block;
import sprite.client.cache.BlockOwner;
import sprite.client.cache.BlockStore;
import sprite.client.session.Committed;

/**
 * The bytes of one file as far as they are here. A byte is known if its block knows it, or if it lies at or after
 * {@code serverSize} in no block: then it is zero, because the server has nothing there either. Confined to the lock of
 * its file.
 */
final class BlockMap {
    private final BlockStore store;
    private final BlockOwner owner;
    private final Map<Long, Block> blocks = new HashMap<>();
    private final TreeMap<Long, Block> dirty = new TreeMap<>();
    private int flying;
    final Uncommitted uncommitted;

    /** Dirty bytes would be lost with this process. */
    boolean unkept;

    /** Bytes of the file as this client knows it. */
    long size;

    /** The server has no byte but zeros at or after this offset. */
    long serverSize;

    BlockMap(BlockStore store, BlockOwner owner) {
        this.store = store;
        this.owner = owner;
        this.uncommitted = new Uncommitted(store);
    }

    static long indexOf(long offset) {
        return offset / Block.SIZE;
    }

    @Nullable
    Block get(long index) {
        return blocks.get(index);
    }

    boolean isEmpty() {
        return blocks.isEmpty();
    }

    /** Whether something still has to reach the server, or to be answered by it. */
    boolean isDirty() {
        return !dirty.isEmpty() || flying > 0;
    }

    /** Whether something could be sent. */
    boolean hasUnsent() {
        return !dirty.isEmpty();
    }

    long dirtyBytes() {
        long sum = 0;
        for (Block block : dirty.values()) {
            sum += block.dirtyBytes();
        }
        return sum;
    }

    int dirtyBlocks() {
        return dirty.size();
    }

    /** Dirty bytes of this client's life before. */
    void restore(KeptBlocks.Former former) throws IOException {
        Block block = new Block(owner, former.index());
        blocks.put(block.index(), block);
        store.restore(block, former);
        dirty.put(block.index(), block);
        store.account(block);
    }

    /** Index of the first block in {@code [offset, end)} with bytes that are not known; -1 if there is none. */
    long firstUnknown(long offset, long end) {
        for (long index = indexOf(offset); index * Block.SIZE < end; index++) {
            long start = index * Block.SIZE;
            int begin = (int) Math.max(0, offset - start);
            int stop = (int) Math.min(Block.SIZE, end - start);
            Block block = blocks.get(index);
            if (block != null && block.covers(begin, stop)) {
                continue;
            }
            int zeros = zerosFrom(start);
            boolean known = begin >= zeros || (block != null && block.covers(begin, Math.min(stop, zeros)));
            if (!known) {
                return index;
            }
        }
        return -1;
    }

    /** Copies known bytes out; a sequential reader will come back for the rest of a block. */
    void copyOut(long offset, MemorySegment into, int length, boolean sequential) {
        int done = 0;
        while (done < length) {
            long at = offset + done;
            int begin = (int) (at % Block.SIZE);
            int count = Math.min(length - done, Block.SIZE - begin);
            Block block = blocks.get(indexOf(at));
            if (block == null) {
                into.asSlice(done, count).fill((byte) 0);
            } else {
                copyBlock(block, begin, into, done, count, sequential);
            }
            done += count;
        }
    }

    private void copyBlock(Block block, int begin, MemorySegment into, int at, int count, boolean sequential) {
        int from = Math.max(begin, block.from());
        int to = Math.min(begin + count, block.to());
        if (to - from < count) {
            into.asSlice(at, count).fill((byte) 0);
        }
        if (from < to) {
            MemorySegment.copy(block.bytes(), from, into, at + (from - begin), to - from);
        }
        if (block.isFresh()) {
            if (!sequential || begin + count >= block.to()) {
                block.stale();
                store.account(block);
            }
        } else {
            store.touch(block);
        }
    }

    /** Index of the first block in {@code [offset, end)} that has to be fetched before it is written; -1 if none. */
    long firstUnmergeable(long offset, long end) {
        for (long index = indexOf(offset); index * Block.SIZE < end; index++) {
            long start = index * Block.SIZE;
            Block block = blocks.get(index);
            if (block == null) {
                continue;
            }
            int begin = (int) Math.max(0, offset - start);
            int stop = (int) Math.min(Block.SIZE, end - start);
            int zeros = zerosFrom(start);
            boolean gapBefore = stop < block.from() && stop < zeros;
            boolean gapAfter = begin > block.to() && block.to() < zeros;
            if (gapBefore || gapAfter) {
                return index;
            }
        }
        return -1;
    }

    /** Writes bytes, which are dirty then; returns how many dirty bytes they replaced. Nothing here is unmergeable. */
    long write(long offset, MemorySegment data, long dataOffset, int length) {
        long replaced = 0;
        int done = 0;
        while (done < length) {
            long at = offset + done;
            int begin = (int) (at % Block.SIZE);
            int count = Math.min(length - done, Block.SIZE - begin);
            Block block = blocks.computeIfAbsent(indexOf(at), index -> new Block(owner, index));
            if (block.to() > block.from()) {
                bridge(block, begin, begin + count);
            }
            store.ensure(block, Math.max(block.to(), begin + count));
            MemorySegment.copy(data, dataOffset + done, block.bytes(), begin, count);
            block.know(begin, begin + count);
            replaced += Math.max(0, Math.min(block.dirtyTo(), begin + count) - Math.max(block.dirtyFrom(), begin));
            block.dirty(begin, begin + count);
            dirty.put(block.index(), block);
            store.account(block);
            done += count;
        }
        size = Math.max(size, offset + length);
        return replaced;
    }

    /** Fills the gap between what the block knows and {@code [begin, end)} with the zeros that are there. */
    private void bridge(Block block, int begin, int end) {
        if (begin > block.to()) {
            int to = block.to();
            store.ensure(block, begin);
            block.bytes().asSlice(to, begin - to).fill((byte) 0);
            block.know(to, begin);
        } else if (end < block.from()) {
            int from = block.from();
            block.bytes().asSlice(end, from - end).fill((byte) 0);
            block.know(end, from);
        }
    }

    /** Takes in a block as the server has it, around what is known better here; zeros where the server has none. */
    void install(long index, ByteString data, int dataOffset, boolean unread) {
        long start = index * Block.SIZE;
        int end = (int) Math.min(Block.SIZE, size - start);
        if (end <= 0) {
            return;
        }
        Block block = blocks.computeIfAbsent(index, i -> new Block(owner, i));
        boolean empty = block.to() == block.from();
        int from = empty ? end : block.from();
        int to = empty ? end : block.to();
        store.ensure(block, Math.max(end, to));
        block.fill(data, dataOffset, 0, Math.min(from, end));
        block.fill(data, dataOffset, to, end);
        block.know(0, end);
        if (unread && !block.isDirty()) {
            block.fresh();
        }
        store.account(block);
    }

    /** The next consecutive dirty bytes to send, at most 1 MiB, or null; they are on their way from now on. */
    @Nullable
    WriteRun takeOff(boolean fullOnly, int bytesMax) {
        List<Block> run = new ArrayList<>();
        int length = 0;
        Block last = null;
        for (Block block : dirty.values()) {
            boolean follows = last == null
                    || (block.index() == last.index() + 1 && last.dirtyTo() == Block.SIZE && block.dirtyFrom() == 0);
            boolean goes = !block.isFlying() && (!fullOnly || block.dirtyTo() == Block.SIZE);
            if (last != null && (!follows || !goes || length + block.dirtyBytes() > bytesMax)) {
                break;
            }
            if (goes) {
                run.add(block);
                length += block.dirtyBytes();
                last = block;
            }
        }
        return run.isEmpty() ? null : takeOff(run, length);
    }

    private WriteRun takeOff(List<Block> run, int length) {
        byte[] data = new byte[length];
        MemorySegment copy = MemorySegment.ofArray(data);
        Block first = run.getFirst();
        long offset = first.index() * Block.SIZE + first.dirtyFrom();
        int at = 0;
        for (Block block : run) {
            MemorySegment.copy(block.bytes(), block.dirtyFrom(), copy, at, block.dirtyBytes());
            at += block.dirtyBytes();
            block.takeOff();
            dirty.remove(block.index());
            flying++;
        }
        return new WriteRun(offset, UnsafeByteOperations.unsafeWrap(data), run);
    }

    /** What was sent has arrived, or not; {@code covering} as in {@link Block#land}. */
    void land(WriteRun run, boolean arrived, long covering) {
        for (Block block : run.blocks()) {
            if (blocks.get(block.index()) != block) {
                continue; // dropped meanwhile
            }
            block.land(arrived, covering);
            uncommitted.look(block);
            flying--;
            if (block.isDirty()) {
                dirty.put(block.index(), block);
            }
            store.account(block);
        }
        if (arrived) {
            serverSize = Math.max(serverSize, run.offset() + run.data().size());
        }
    }

    /** The file ends at {@code length} now, here and at the server; returns the dirty bytes this drops. */
    long truncate(long length) {
        long saved = 0;
        for (Block block : List.copyOf(blocks.values())) {
            long start = block.index() * Block.SIZE;
            int before = block.dirtyBytes();
            if (start + block.from() >= length) {
                saved += before;
                drop(block);
            } else if (start + block.to() > length) {
                block.cut((int) (length - start));
                uncommitted.look(block);
                saved += before - block.dirtyBytes();
                if (!block.isDirty()) {
                    dirty.remove(block.index());
                }
                store.account(block);
            }
        }
        size = length;
        serverSize = length;
        return saved;
    }

    /** Drops all blocks that are neither dirty nor on their way, nor, if those are to stay, uncommitted. */
    void dropClean(boolean uncommittedToo) {
        for (Block block : List.copyOf(blocks.values())) {
            if (!block.isDirty() && !block.isFlying() && (uncommittedToo || !block.isUncommitted())) {
                drop(block);
            }
        }
    }

    /** What the server's machine has lost is dirty again. */
    void lost(Committed known) {
        uncommitted.lost(known).forEach(block -> dirty.put(block.index(), block));
    }

    /** Drops what is dirty again only because it was lost; returns whether there was any. */
    boolean dropAgain() {
        List<Block> again = dirty.values().stream().filter(Block::isAgain).toList();
        again.forEach(this::drop);
        return !again.isEmpty();
    }

    /** Drops everything; returns the dirty bytes among it. */
    long dropAll() {
        long lost = dirtyBytes();
        List.copyOf(blocks.values()).forEach(this::drop);
        return lost;
    }

    /** Frees a block that the policy has chosen, unless it is in use again. */
    void evict(Block block) {
        if (blocks.get(block.index()) == block && store.isEvicted(block)) {
            drop(block);
        }
    }

    /** Lets the policy have blocks that nobody came to read. */
    void age() {
        for (Block block : blocks.values()) {
            if (block.isFresh()) {
                block.age();
                store.account(block);
            }
        }
    }

    /** Dirty bytes, block by block, in the order of the file. */
    List<Block> dirtyBlocksInOrder() {
        return List.copyOf(dirty.values());
    }

    /** Blocks with bytes that may not be on the server's disk, in the order of the file. */
    List<Block> unarrivedInOrder() {
        return blocks.values().stream()
                .filter(block -> block.isDirty() || block.isFlying() || block.isUncommitted())
                .sorted(Comparator.comparingLong(Block::index))
                .toList();
    }

    /** Bytes of {@link #unarrivedInOrder}. */
    long unarrivedBytes() {
        return unarrivedInOrder().stream()
                .mapToLong(block -> block.unarrivedTo() - block.unarrivedFrom())
                .sum();
    }

    private void drop(Block block) {
        blocks.remove(block.index());
        dirty.remove(block.index());
        uncommitted.drop(block);
        if (block.isFlying()) {
            flying--;
        }
        store.free(block);
    }

    private int zerosFrom(long start) {
        return Math.clamp(serverSize - start, 0, Block.SIZE);
    }

    /** Installs the whole content of a file, but for what is here already. */
    void installWhole(ByteString data) {
        for (int at = 0; at < data.size(); at += Block.SIZE) {
            long index = indexOf(at);
            if (get(index) == null) {
                install(index, data, at, true);
            }
        }
    }
}
