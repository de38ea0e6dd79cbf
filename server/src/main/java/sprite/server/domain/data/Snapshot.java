package sprite.server.domain.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
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
    /** Bytes that are kept, and read, together. */
    public static final int BLOCK = 64 * 1024;

    /** Most blocks that are kept: each costs some memory besides its bytes on the disk. */
    private static final long BLOCKS_MAX = 1 << 20;

    private final Path aside;
    private final Disk disk;

    /** The highest inode number that a file had at the moment. */
    private final long lastInode;

    /** The file of blocks that were changed since. */
    private final int blocks;

    private final AtomicLong blocksEnd = new AtomicLong();
    private final Map<Long, Kept> files = new ConcurrentHashMap<>();
    private volatile long passed;
    private volatile @Nullable String failure;

    /** What is kept of a file. Guarded by the lock of its data file. */
    private static final class Kept {
        /** Bytes it had. */
        final long length;

        /** Where the blocks that were changed lie in the file of blocks. */
        final Map<Long, Long> blocks = new HashMap<>();

        /** Whether the file itself is aside; then nothing of it changes any more. Also read without the lock. */
        volatile boolean aside;

        Kept(long length) {
            this.length = length;
        }
    }

    /**
     * Begins one. Nobody may be changing data.
     *
     * @param aside an empty directory in the domain's file system, which is the snapshot's
     */
    Snapshot(Path aside, Disk disk, long lastInode) throws NativeError {
        this.aside = aside;
        this.disk = disk;
        this.lastInode = lastInode;
        this.blocks = disk.open(aside.resolve("blocks"), Disk.O_RDWR | Disk.O_CREAT | Disk.O_TRUNC);
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
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(BLOCK);
                for (long block = from / BLOCK; block * BLOCK < last; block++) {
                    if (!kept.blocks.containsKey(block)) {
                        kept.blocks.put(block, copied(descriptor, block, bytes));
                    }
                }
            }
        } catch (IOException e) {
            fail("what changed meanwhile could not be kept: " + e.getMessage());
        }
    }

    /** Copies a block into the file of blocks; returns where. */
    private long copied(int descriptor, long block, MemorySegment bytes) throws IOException {
        long at = blocksEnd.getAndAdd(BLOCK);
        if (at / BLOCK >= BLOCKS_MAX) {
            throw new IOException("more than " + BLOCKS_MAX + " blocks changed");
        }
        bytes.fill((byte) 0);
        readAll(descriptor, block * BLOCK, bytes);
        long done = 0;
        while (done < BLOCK) {
            done += disk.write(blocks, bytes.asSlice(done), at + done);
        }
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
        } catch (IOException e) {
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

    /** Bytes that a file had. */
    public long length(DataFile file) throws FsException {
        check();
        Kept kept = files.get(file.inode());
        try {
            return kept == null ? file.length() : kept.length;
        } catch (NativeError e) {
            throw e.toFsException("read", aside);
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
        Kept kept = files.get(file.inode());
        try {
            if (kept == null) {
                return (int) file.read(block * BLOCK, into);
            }
            MemorySegment part = into.asSlice(0, Math.clamp(kept.length - block * BLOCK, 0, BLOCK));
            Long at = kept.blocks.get(block);
            if (at != null) {
                return readAll(blocks, at, part);
            }
            return kept.aside ? readAside(file.inode(), block, part) : (int) file.read(block * BLOCK, part);
        } catch (NativeError e) {
            throw e.toFsException("read", aside);
        }
    }

    private int readAside(long inode, long block, MemorySegment into) throws NativeError {
        int descriptor = disk.open(asideOf(inode), Disk.O_RDONLY);
        try {
            return readAll(descriptor, block * BLOCK, into);
        } finally {
            disk.close(descriptor);
        }
    }

    private int readAll(int descriptor, long offset, MemorySegment into) throws NativeError {
        long done = 0;
        while (done < into.byteSize()) {
            long count = disk.read(descriptor, into.asSlice(done), offset + done);
            if (count == 0) {
                break;
            }
            done += count;
        }
        return (int) done;
    }

    /** Where data comes next, at or after an offset; -1 if none does. Where it cannot be told, the offset itself. */
    public long seek(DataFile file, long offset) throws FsException {
        try {
            return files.containsKey(file.inode()) ? offset : file.seek(offset, false);
        } catch (NativeError e) {
            throw e.toFsException("read", aside);
        }
    }

    // ------------------------------------------------------------------------------------ without any lock

    /** Files up to this number are not read any more. */
    public void pass(long inode) {
        passed = inode;
        Kept kept = files.remove(inode);
        if (kept != null) {
            try {
                disk.delete(asideOf(inode));
            } catch (IOException e) {
                return; // goes with the directory
            }
        }
    }

    /** Bytes of blocks that were kept so far. */
    public long keptBytes() {
        return blocksEnd.get();
    }

    /** It will not do any more, keeps nothing from here on, and gives its space back. */
    void fail(String why) {
        failure = why;
        try {
            disk.truncate(blocks, 0);
            for (Map.Entry<Long, Kept> file : files.entrySet()) {
                if (file.getValue().aside) {
                    disk.delete(asideOf(file.getKey()));
                }
            }
        } catch (IOException e) {
            return; // goes with the directory
        }
    }

    private void check() throws FsException {
        String why = failure;
        if (why != null) {
            throw new FsException("read the snapshot", why, FsError.IO);
        }
    }

    /** Lets go of it; what is aside is for its owner to delete. Nobody may be changing data. */
    void close() {
        fail("it has ended");
        disk.close(blocks);
        files.clear();
    }
}
