package sprite.client.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.client.box.Chunks;
import sprite.client.box.KeptBlocks;
import sprite.client.box.Kind;
import sprite.client.box.Slot;
import sprite.client.cache.Block.Hold;
import sprite.client.call.Call;
import sprite.common.cache.SlabPool;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The memory of all blocks. Clean blocks are Caffeine's to take; pinned, uncommitted and fresh ones are counted here
 * and lower its maximum, so that the sum stays within the limit. The policy's victims wait in a queue until somebody
 * without a lock calls {@link #drain}, because freeing one takes its file's lock.
 *
 * <p>Thread-safe: counters are atomic; the room that writers wait for is guarded by {@code roomLock}.
 */
public final class BlockStore implements AutoCloseable {
    /** How often a program's call that waits looks whether it may wait on. */
    private static final long CALL_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Box box;
    private final SlabPool pool;
    private final Cache<Block, Block> clean;
    private final ConcurrentLinkedQueue<Block> victims = new ConcurrentLinkedQueue<>();
    private final AtomicLong pinned = new AtomicLong();
    private final AtomicLong uncommitted = new AtomicLong();
    private final AtomicLong fresh = new AtomicLong();
    private final AtomicLong maximum;
    private final long limit;
    private final long pinnedMax;
    private final long uncommittedMax;
    private final long freshMax;
    private final long step;

    /** For writers that wait for room. A leaf: nothing else is locked while it is held. */
    private final ReentrantLock roomLock = new ReentrantLock();

    private final Condition room = roomLock.newCondition();

    private final AtomicInteger waiting = new AtomicInteger();

    @GuardedBy("roomLock")
    private long hopeless;

    @GuardedBy("roomLock")
    private @Nullable FsException why;

    /**
     * An empty store.
     *
     * @param limit bytes of all blocks
     * @param pinnedMax bytes of dirty blocks
     * @param box where dirty bytes are kept for this client's next life
     */
    public BlockStore(long limit, long pinnedMax, Box box) {
        this.box = box;
        this.pool = new SlabPool(box.isKept() ? box.chunks() : SlabPool.ORDINARY);
        this.limit = limit;
        this.pinnedMax = pinnedMax;
        this.freshMax = limit / 4;
        this.uncommittedMax = Math.max(limit / 16, Math.min(limit / 4, limit - pinnedMax - freshMax));
        this.step = Math.max(SlabPool.SLAB_MAX, limit / 128);
        this.maximum = new AtomicLong(limit);
        this.clean = Caffeine.newBuilder()
                .maximumWeight(limit)
                .weigher((Block block, Block _) -> block.accountedBytes)
                .evictionListener((@Nullable Block block, @Nullable Block _, RemovalCause _) -> {
                    if (block != null) {
                        victims.add(block);
                    }
                })
                .executor(Runnable::run)
                .build();
    }

    // ---------------------------------------------------------------------- with the owner's lock held

    /** Sees to it that the block has memory for {@code bytes}, keeping what it knows. */
    public void ensure(Block block, int bytes) {
        MemorySegment old = block.slab;
        if (old != null && old.byteSize() >= bytes) {
            return;
        }
        MemorySegment larger = pool.borrow(bytes);
        block.slab = larger;
        if (old != null) {
            MemorySegment.copy(old, block.from(), larger, block.from(), block.to() - block.from());
        }
        if (box.isKept()) {
            block.place = box.chunks().placeOf(larger);
            if (block.place != 0) {
                KeptBlocks.moved(block.slot, block.place); // what is dirty of it is there now
            } else {
                keep(block, 0);
            }
        }
        if (old != null) {
            pool.giveBack(old);
        }
    }

    /** The recovery box, for who owns blocks. */
    public Box box() {
        return box;
    }

    /** Takes over what this client's life before has left in the memory for blocks. */
    public void restore() throws IOException {
        Set<Long> borrowed = new HashSet<>();
        KeptBlocks.former(box).values().forEach(all -> all.forEach(block -> borrowed.add(block.place())));
        Arena arena = Arena.ofShared();
        for (Chunks.Former chunk : box.chunks().former(arena, SlabPool.CHUNK)) {
            pool.restore(
                    arena,
                    chunk.memory(),
                    chunk.piece(),
                    piece -> borrowed.contains(box.chunks().placeOf(piece)));
        }
    }

    /** Gives a block the dirty bytes that it had in this client's life before. */
    public void restore(Block block, KeptBlocks.Former former) throws IOException {
        block.slab = box.chunks().at(former.place());
        block.place = former.place();
        block.know(former.from(), former.to());
        block.dirty(former.from(), former.to());
        boolean _ = box.slots(Kind.BLOCK).adopt(former.slot());
        block.slot = former.slot();
        block.span = former.slot().get(0);
    }

    /** What is not at a server would be lost with this process. */
    private void keep(Block block, long span) {
        if (span == block.span) {
            return;
        }
        if (!block.slot.isKept()) {
            block.slot = KeptBlocks.of(box, block.owner.number(), block.index(), block.place);
        }
        block.span = span;
        if (span == 0) {
            block.slot.free();
            block.slot = Slot.NONE;
        } else {
            block.slot.put(0, span);
        }
    }

    /** Counts the block as what it has become. */
    public void account(Block block) {
        if (block.slab != null && box.isKept()) {
            long span = block.unsafeSpan();
            keep(block, block.place == 0 ? 0 : span);
            if (block.place == 0 && span != 0) {
                block.owner.unkept();
            }
        }
        Hold now = block.hold();
        int bytes = block.slab == null ? 0 : (int) block.slab.byteSize();
        if (now == block.accounted && bytes == block.accountedBytes) {
            return;
        }
        Hold before = block.accounted;
        int bytesBefore = block.accountedBytes;
        block.accounted = now;
        block.accountedBytes = bytes;
        switch (now) {
            case PINNED -> pinned.addAndGet(bytes);
            case UNCOMMITTED -> uncommitted.addAndGet(bytes);
            case FRESH -> fresh.addAndGet(bytes);
            case NONE, CLEAN -> {}
        }
        switch (before) {
            case PINNED -> less(pinned, bytesBefore);
            case UNCOMMITTED -> less(uncommitted, bytesBefore);
            case FRESH -> fresh.addAndGet(-bytesBefore);
            case CLEAN -> clean.invalidate(block);
            case NONE -> {}
        }
        resize();
        if (now == Hold.CLEAN) {
            clean.put(block, block);
        }
    }

    /** The block is no more. */
    public void free(Block block) {
        keep(block, 0);
        MemorySegment slab = block.slab;
        block.slab = null;
        block.place = 0;
        account(block);
        if (slab != null) {
            pool.giveBack(slab);
        }
    }

    /** The block was read. */
    public void touch(Block block) {
        if (block.accounted == Hold.CLEAN) {
            var _ = clean.getIfPresent(block);
        }
    }

    /** Whether a block that was chosen by the policy is still its to take. */
    public boolean isEvicted(Block block) {
        return block.accounted == Hold.CLEAN && !clean.asMap().containsKey(block);
    }

    // ------------------------------------------------------------------------------- without any lock

    /** Frees what the policy has chosen. */
    public void drain() {
        for (Block victim = victims.poll(); victim != null; victim = victims.poll()) {
            victim.owner.evict(victim);
        }
    }

    /** Makes room for blocks to be fetched; false if there is too much unread already and {@code must} is. */
    public boolean reserveFresh(int bytes, boolean must) {
        if (fresh.addAndGet(bytes) > freshMax && !must) {
            fresh.addAndGet(-bytes);
            return false;
        }
        resize();
        drain();
        return true;
    }

    /** As {@link #reservePinned}, whether or not there is room: for what must not wait. */
    public void forcePinned(int bytes) {
        pinned.addAndGet(bytes);
        resize();
        drain();
    }

    /** What was reserved has become blocks, or is not needed. */
    public void releaseFresh(int bytes) {
        fresh.addAndGet(-bytes);
        resize();
    }

    /** Makes room for blocks to be dirtied, if there is any. */
    public boolean reservePinned(int bytes) {
        if (pinned.addAndGet(bytes) > pinnedMax || uncommitted.get() > uncommittedMax) {
            less(pinned, bytes);
            return false;
        }
        resize();
        drain();
        return true;
    }

    /** What was reserved has become blocks, or is not needed. */
    public void releasePinned(int bytes) {
        less(pinned, bytes);
        resize();
    }

    /**
     * Waits until there may be room, not for long on behalf of a program's call; whoever writes back calls
     * {@link #giveUp} if it cannot.
     */
    public void awaitPinned(int bytes, Runnable kick) throws FsException {
        roomLock.lock();
        try {
            waiting.incrementAndGet();
            long seen = hopeless;
            while (pinned.get() + bytes > pinnedMax || uncommitted.get() > uncommittedMax) {
                kick.run();
                if (hopeless != seen && why != null) {
                    throw why;
                }
                if (Call.current() == null) {
                    room.awaitUninterruptibly();
                } else if (room.awaitNanos(CALL_WAIT_NANOS) <= 0) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException("write", "no room", FsError.INTERRUPTED);
        } finally {
            waiting.decrementAndGet();
            roomLock.unlock();
        }
    }

    /** Nothing more can be written back: those who wait for room fail. */
    public void giveUp(FsException reason) {
        roomLock.lock();
        try {
            hopeless++;
            why = reason;
            room.signalAll();
        } finally {
            roomLock.unlock();
        }
    }

    /** Whether writers wait for room, and not for commits. */
    public boolean isWanted() {
        return waiting.get() > 0 && uncommitted.get() <= uncommittedMax;
    }

    /** Bytes of dirty blocks and of room reserved for such. */
    public long pinnedBytes() {
        return pinned.get();
    }

    /** Bytes of blocks that servers have, and perhaps not on disk. */
    public long uncommittedBytes() {
        return uncommitted.get();
    }

    /** Whether that is so much that writers will have to wait soon. */
    public boolean isMuchUncommitted() {
        return uncommitted.get() > uncommittedMax / 2;
    }

    public long pinnedMax() {
        return pinnedMax;
    }

    public long limit() {
        return limit;
    }

    /** Bytes of all blocks. */
    public long usedBytes() {
        return pool.borrowedBytes();
    }

    @Override
    public void close() {
        clean.invalidateAll();
        pool.close();
    }

    private void less(AtomicLong held, int bytes) {
        held.addAndGet(-bytes);
        if (waiting.get() > 0) {
            roomLock.lock();
            try {
                room.signalAll();
            } finally {
                roomLock.unlock();
            }
        }
    }

    private void resize() {
        long target = Math.max(0, limit - pinned.get() - uncommitted.get() - fresh.get());
        long last = maximum.get();
        if (Math.abs(target - last) >= step && maximum.compareAndSet(last, target)) {
            clean.policy().eviction().orElseThrow().setMaximum(target);
        }
    }
}
