package sprite.server.domain.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The data files of a domain as they were at one moment, while the domain goes on changing them: what is about to be
 * changed is copied first, in blocks of 64 KiB, and a file that is about to be deleted is put aside instead. To be read
 * in the order of inode numbers; what was {@link #pass passed} is kept no longer.
 *
 * <p>A change never fails for its sake: where something cannot be kept, the snapshot has failed, and says so when it is
 * read.
 *
 * <p>Thread-safe. What is kept of a file is guarded by the lock of its {@link DataFile}.
 */
public final class Snapshot {
    private static final Logger log = LoggerFactory.getLogger(Snapshot.class);

    /** Bytes that are kept, and read, together. */
    public static final int BLOCK = 64 * 1024;

    /** Most blocks that are kept: each costs some memory besides its bytes on the disk. */
    private static final long BLOCKS_MAX = 1 << 18;

    /** Most blocks that one change waits for. */
    private static final long BLOCKS_AT_ONCE = 1024;

    private final Path aside;
    private final Disk disk;
    private final Room room;

    /** The highest inode number that a file had at the moment. Written before anybody else sees this. */
    private long lastInode;

    /** The file of blocks that were changed since. */
    private final int blocks;

    private final AtomicLong blocksEnd = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Kept> files = new ConcurrentSkipListMap<>();
    private volatile long passed;
    private volatile @Nullable String failure;

    /** The space and the patience that there are for a snapshot. */
    public interface Room {
        /** Whether that many bytes more may be kept. */
        boolean claim(long bytes);

        /** The snapshot has failed: whoever reads it should hear of it soon. */
        void failed();
    }

    /** What is kept of a file. Guarded by the lock of its data file. */
    private static final class Kept {
        /** Bytes it had. */
        final long length;

        /** Where the blocks that were changed lie in the file of blocks. */
        final Map<Long, Long> blocks = new HashMap<>();

        /** Blocks that were holes; some of them may have been copied before. */
        final BlockRanges holes = new BlockRanges();

        /** Whether the file itself is aside; then nothing of it changes any more. Also read without the lock. */
        volatile boolean aside;

        Kept(long length) {
            this.length = length;
        }
    }

    /**
     * What {@link #begin} begins.
     *
     * @param aside an empty directory in the domain's file system, which is the snapshot's
     */
    Snapshot(Path aside, Disk disk, Room room) throws NativeError {
        this.aside = aside;
        this.disk = disk;
        this.room = room;
        this.blocks = disk.open(aside.resolve("blocks"), Disk.O_RDWR | Disk.O_CREAT | Disk.O_TRUNC);
    }

    /** This is the moment: nobody is changing data. */
    void begin(long highestInode) {
        lastInode = highestInode;
    }

    // ------------------------------------------------------- by those who change data, with the exclusive lock

    /** The bytes from {@code from} to {@code end} (exclusive) are about to change. */
    void keep(long inode, int descriptor, long from, long end) {
        if (!isWanted(inode)) {
            return;
        }
        try {
            Kept kept = files.get(inode);
            if (kept == null) {
                kept = new Kept(disk.length(descriptor));
                files.put(inode, kept);
            }
            long last = Math.min(end, kept.length);
            if (kept.aside || from >= last) {
                return;
            }
            keep(kept, descriptor, from, last);
        } catch (IOException | RuntimeException e) {
            fail("what changed meanwhile could not be kept: " + e.getMessage());
        }
    }

    private void keep(Kept kept, int descriptor, long from, long end) throws IOException {
        long patience = BLOCKS_AT_ONCE;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(BLOCK);
            for (long block = from / BLOCK; block * BLOCK < end && failure == null; block++) {
                if (kept.blocks.containsKey(block) || kept.holes.contains(block)) {
                    continue;
                }
                long data = disk.seek(descriptor, block * BLOCK, false);
                long next = data < 0 || data >= end ? Math.ceilDiv(end, BLOCK) : data / BLOCK;
                if (next > block) {
                    kept.holes.add(block, next - 1);
                    block = next - 1;
                } else if (patience-- > 0) {
                    kept.blocks.put(block, copied(descriptor, block, bytes));
                } else {
                    throw new IOException(
                            "more than " + BLOCKS_AT_ONCE * BLOCK / 1_000_000 + " MB of one file changed at once");
                }
            }
        }
        if (kept.holes.isEverything()) {
            throw new IOException("a file has too many holes");
        }
    }

    /** Copies a block into the file of blocks; returns where. */
    private long copied(int descriptor, long block, MemorySegment bytes) throws IOException {
        if (!room.claim(BLOCK)) {
            throw new IOException("the disk is full");
        }
        long at = blocksEnd.getAndAdd(BLOCK);
        if (at / BLOCK >= BLOCKS_MAX) {
            throw new IOException("more than " + BLOCKS_MAX * BLOCK / 1_000_000_000 + " GB changed");
        }
        bytes.fill((byte) 0);
        var _ = disk.readAll(descriptor, bytes, block * BLOCK);
        disk.writeAll(blocks, bytes, at);
        return at;
    }

    /** A file is about to be deleted, or made empty: puts it aside. False if it may be. */
    boolean putAside(long inode, Path path) {
        if (!isWanted(inode)) {
            return false;
        }
        Kept kept = files.get(inode);
        if (kept != null && kept.aside) {
            return false;
        }
        Path there = asideOf(inode);
        try {
            if (kept == null) {
                kept = new Kept(lengthOf(path));
                files.put(inode, kept);
            }
            disk.move(path, there);
            kept.aside = true;
            return true;
        } catch (NativeError e) {
            if (!e.isMissing()) {
                fail("a file that was deleted meanwhile could not be kept: " + e.getMessage());
            }
            return false;
        } catch (IOException | RuntimeException e) {
            fail("a file that was deleted meanwhile could not be kept: " + e.getMessage());
            return false;
        }
    }

    private long lengthOf(Path path) throws NativeError {
        int descriptor = disk.open(path, Disk.O_RDONLY);
        try {
            return disk.length(descriptor);
        } finally {
            disk.close(descriptor);
        }
    }

    private Path asideOf(long inode) {
        return aside.resolve(Long.toString(inode));
    }

    private boolean isWanted(long inode) {
        return inode > passed && inode <= lastInode && failure == null;
    }

    // --------------------------------------------------------------------- by its reader, with the shared lock

    // Before anything is looked at, since a file of a snapshot that has failed may be gone, and opening it would make
    // it.

    /** Whether the file was there. */
    public boolean isThere(DataFile file) throws FsException {
        check();
        try {
            return files.containsKey(file.inode()) || file.isThere();
        } catch (NativeError e) {
            throw unreadable(e);
        } finally {
            check();
        }
    }

    /** Bytes that a file had. */
    public long length(DataFile file) throws FsException {
        check();
        Kept kept = files.get(file.inode());
        try {
            return kept == null ? file.length() : kept.length;
        } catch (NativeError e) {
            throw unreadable(e);
        } finally {
            check();
        }
    }

    /**
     * Reads a block as it was.
     *
     * @param into native memory of {@link #BLOCK} bytes
     * @return the bytes that it had
     */
    public int read(DataFile file, long block, MemorySegment into) throws FsException {
        check();
        try {
            return readBlock(file, block, into);
        } catch (NativeError e) {
            throw unreadable(e);
        } finally {
            check(); // again: until then it had not failed, and what was read is what was kept
        }
    }

    private int readBlock(DataFile file, long block, MemorySegment into) throws NativeError {
        Kept kept = files.get(file.inode());
        if (kept == null) {
            return (int) file.read(block * BLOCK, into);
        }
        MemorySegment part = into.asSlice(0, Math.clamp(kept.length - block * BLOCK, 0, BLOCK));
        Long at = kept.blocks.get(block);
        if (at != null) {
            return (int) disk.readAll(blocks, part, at);
        }
        if (kept.holes.contains(block)) {
            part.fill((byte) 0);
            return (int) part.byteSize();
        }
        return kept.aside ? readAside(file.inode(), block, part) : (int) file.read(block * BLOCK, part);
    }

    private FsException unreadable(NativeError e) throws FsException {
        check();
        return e.toFsException("read", aside);
    }

    private int readAside(long inode, long block, MemorySegment into) throws NativeError {
        int descriptor = disk.open(asideOf(inode), Disk.O_RDONLY);
        try {
            return (int) disk.readAll(descriptor, into, block * BLOCK);
        } finally {
            disk.close(descriptor);
        }
    }

    /** Where data comes next, at or after an offset; -1 if none does. Where it cannot be told, the offset itself. */
    public long seek(DataFile file, long offset) throws FsException {
        check();
        try {
            return files.containsKey(file.inode()) ? offset : file.seek(offset, false);
        } catch (NativeError e) {
            throw unreadable(e);
        } finally {
            check();
        }
    }

    // ------------------------------------------------------------------------------------ without any lock

    /** Files up to this number are not read any more. */
    public void pass(long inode) {
        passed = inode;
        drop(files.headMap(inode, true));
    }

    private void drop(Map<Long, Kept> some) {
        deleteAside(some);
        some.clear();
    }

    private void deleteAside(Map<Long, Kept> some) {
        for (Map.Entry<Long, Kept> file : some.entrySet()) {
            if (file.getValue().aside) {
                try {
                    disk.delete(asideOf(file.getKey()));
                } catch (IOException e) {
                    log.warn("what a dump kept stays until it ends: {}", e.getMessage());
                }
            }
        }
    }

    /** Whether space would be given back by {@link #fail}. */
    boolean isKeeping() {
        return failure == null && !files.isEmpty();
    }

    /** It will not do any more, keeps nothing from here on, and gives its space back. Before {@link #close}. */
    void fail(String why) {
        if (failure != null) {
            return;
        }
        failure = why;
        try {
            disk.truncate(blocks, 0);
        } catch (NativeError e) {
            log.warn("what a dump kept stays until it ends: {}", e.getMessage());
        }
        deleteAside(files);
        room.failed();
    }

    private void check() throws FsException {
        String why = failure;
        if (why != null) {
            throw new FsException("dump", why, FsError.IO);
        }
    }

    /** Lets go of it, when nobody can find it any more; what is aside is for its owner to delete. */
    void close() {
        disk.close(blocks);
    }
}
