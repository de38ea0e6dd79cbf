package sprite.client.box;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.cache.SlabPool;

/**
 * Memory for blocks that outlives the process, as long as the system has room for its file; ordinary memory after that.
 * Thread-safe: fields guarded by {@code lock}.
 */
public final class Chunks implements SlabPool.Source {
    private static final Logger log = LoggerFactory.getLogger(Chunks.class);

    /** Bytes that are asked of the system at once. */
    private static final int ZEROS = 128 * 1024;

    /** Bytes of a page: a piece has a multiple, so that a place and a size fit in one word. */
    private static final long PAGE = 4096;

    private final Box box;
    private final @Nullable FileChannel file;

    /** Guards what is mapped. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private boolean full;

    /** Chunks by their addresses. */
    @GuardedBy("lock")
    private final TreeMap<Long, Chunk> byAddress = new TreeMap<>();

    private record Chunk(int index, MemorySegment memory) {}

    /** A chunk that a life before has left, and the size that it is cut into. Immutable. */
    public record Former(MemorySegment memory, int piece) {}

    /** @param file null: there is none */
    Chunks(Box box, @Nullable FileChannel file) {
        this.box = box;
        this.file = file;
    }

    @Override
    public MemorySegment take(Arena arena, int bytes, int piece) {
        lock.lock();
        try {
            if (file != null && !full) {
                return fromFile(arena, bytes, piece, file);
            }
        } catch (IOException e) {
            full = true;
            log.warn(
                    "no room for more blocks that outlive this daemon ({}); what lies in ordinary memory would be lost"
                            + " if it were killed",
                    e.getMessage());
        } finally {
            lock.unlock();
        }
        return SlabPool.ORDINARY.take(arena, bytes, piece);
    }

    @GuardedBy("lock")
    private MemorySegment fromFile(Arena arena, int bytes, int piece, FileChannel open) throws IOException {
        Slot slot = box.slots(Kind.CHUNK).add();
        if (!slot.isKept()) {
            throw new IOException("the box takes no more");
        }
        long begin = (long) slot.index() * bytes;
        try {
            // Else a store might find that there is no memory.
            for (long at = begin; at < begin + bytes; ) {
                at += open.write(ByteBuffer.allocate((int) Math.min(ZEROS, begin + bytes - at)), at);
            }
            MemorySegment memory = open.map(MapMode.READ_WRITE, begin, bytes, arena);
            slot.put(1, piece);
            slot.put(0, 1);
            byAddress.put(memory.address(), new Chunk(slot.index(), memory));
            return memory;
        } catch (IOException e) {
            if (byAddress.values().stream().noneMatch(chunk -> (long) chunk.index * bytes > begin)) {
                var _ = open.truncate(begin); // others may want what little there is
            }
            slot.free();
            throw e;
        }
    }

    /** All chunks that the life before has left. */
    public List<Former> former(Arena arena, int bytes) throws IOException {
        lock.lock();
        try {
            List<Former> all = new ArrayList<>();
            Slots slots = box.slots(Kind.CHUNK);
            for (Slot slot : slots.former()) {
                FileChannel open = file;
                if (open == null) {
                    break;
                }
                MemorySegment memory = open.map(MapMode.READ_WRITE, (long) slot.index() * bytes, bytes, arena);
                slots.adopt(slot);
                byAddress.put(memory.address(), new Chunk(slot.index(), memory));
                all.add(new Former(memory, (int) slot.get(1)));
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** A word that tells where a piece is, and its size; 0 if it is in ordinary memory. */
    public long placeOf(MemorySegment piece) {
        lock.lock();
        try {
            Map.Entry<Long, Chunk> entry = byAddress.floorEntry(piece.address());
            if (entry == null) {
                return 0;
            }
            Chunk chunk = entry.getValue();
            long offset = piece.address() - entry.getKey();
            if (offset >= chunk.memory.byteSize()) {
                return 0;
            }
            return (chunk.index * chunk.memory.byteSize() + offset) | piece.byteSize() / PAGE;
        } finally {
            lock.unlock();
        }
    }

    /** The piece that a word tells of. */
    public MemorySegment at(long place) throws IOException {
        long size = place % PAGE * PAGE;
        long from = place - place % PAGE;
        lock.lock();
        try {
            for (Chunk chunk : byAddress.values()) {
                long offset = from - chunk.index * chunk.memory.byteSize();
                if (offset >= 0 && offset < chunk.memory.byteSize()) {
                    return chunk.memory.asSlice(offset, size);
                }
            }
        } finally {
            lock.unlock();
        }
        throw new IOException("no block at " + from);
    }
}
