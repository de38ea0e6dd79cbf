package sprite.server.domain.data;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * What the server remembers of one file whose data is in use: the lock that serialises its data operations, the file of
 * the operating system (opened when first needed), and what has been written since it was settled.
 *
 * <p>Thread-safe. Reads hold {@link #shared}, everything that changes data or this memory holds {@link #exclusive};
 * both rank before the lock of the metadata.
 */
public final class DataFile {
    private static final int BOUNCE_BYTES = 64 * 1024;

    private final long inode;
    private final Path path;
    private final Disk disk;

    /** Set when any file is deleted. */
    private final AtomicBoolean deleted;

    private final Snapshots snapshots;

    /** Guards the file's data and what is not settled of it. Ranks after a transfer's lock, before the metadata's. */
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    private final Lock changing;

    /** Guards opening and closing, and is held while the file is synced, so that it stays the same file. A leaf. */
    private final ReentrantLock opening = new ReentrantLock();

    /** Written under the lock, read by anybody. */
    private volatile int descriptor = -1;

    /** Threads that use it; counted by {@link DataFiles} under its lock. */
    int users;

    /** Whether it is entered as unsettled in the metadata; changed under both the exclusive and the metadata's lock. */
    private volatile boolean marked;

    /** Counts changes of data, each once it was made: one that a sync may have missed is not among those it covers. */
    private volatile long changes;

    /** Changes up to this one are durable. */
    private volatile long synced;

    /** Whether its directory entry may not be durable. */
    @GuardedBy("opening")
    private boolean fresh;

    /** Blocks written since it was settled. */
    private final BlockRanges written = new BlockRanges();

    DataFile(long inode, Path path, Disk disk, AtomicBoolean deleted, Snapshots snapshots) {
        this.inode = inode;
        this.path = path;
        this.disk = disk;
        this.deleted = deleted;
        this.snapshots = snapshots;
        this.changing = new ChangeLock(snapshots.changing(), lock.writeLock());
    }

    public long inode() {
        return inode;
    }

    /** Held to read. */
    public Lock shared() {
        return lock.readLock();
    }

    /** Held to change anything, until the metadata tells of it. */
    public Lock exclusive() {
        return changing;
    }

    public BlockRanges written() {
        return written;
    }

    public boolean isMarked() {
        return marked;
    }

    public void setMarked(boolean unsettled) {
        marked = unsettled;
    }

    /** How often data was changed so far. */
    public long changes() {
        return changes;
    }

    /** Whether something was changed that may not be durable. */
    public boolean isDirty() {
        return synced < changes;
    }

    /** Notes that what is there may not be durable. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // changed only under the exclusive lock
    public void touch() {
        changes++;
    }

    /** Makes an empty file, whatever was there. */
    public void create() throws NativeError {
        opening.lock();
        try {
            closeDescriptor();
            boolean _ = putAside();
            descriptor = disk.open(path, Disk.O_RDWR | Disk.O_CREAT | Disk.O_TRUNC);
            fresh = true;
            touch();
        } finally {
            opening.unlock();
        }
    }

    /** Reads until {@code into} (native memory) is full or the file ends; returns the bytes read. */
    public long read(long offset, MemorySegment into) throws NativeError {
        return disk.readAll(descriptor(), into, offset);
    }

    /** Writes all of {@code data}. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // changed only under the exclusive lock
    public void write(long offset, MemorySegment data) throws NativeError {
        int to = descriptor();
        keep(to, offset, offset + data.byteSize());
        try {
            writeAll(to, offset, data);
        } finally {
            changes++;
        }
    }

    private void writeAll(int to, long offset, MemorySegment data) throws NativeError {
        if (data.isNative()) {
            disk.writeAll(to, data, offset);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bounce = arena.allocate(Math.min(BOUNCE_BYTES, data.byteSize()));
            long done = 0;
            while (done < data.byteSize()) {
                long bytes = Math.min(bounce.byteSize(), data.byteSize() - done);
                MemorySegment.copy(data, done, bounce, 0, bytes);
                disk.writeAll(to, bounce.asSlice(0, bytes), offset + done);
                done += bytes;
            }
        }
    }

    /** Cuts off what lies past {@code size}; never makes the file longer. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // changed only under the exclusive lock
    public void cut(long size) throws NativeError {
        int file = descriptor();
        if (disk.length(file) > size) {
            keep(file, size, Long.MAX_VALUE);
            try {
                disk.truncate(file, size);
            } finally {
                changes++;
            }
        }
    }

    /** Sees to it that space for the range is allocated, without changing length or content. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // changed only under the exclusive lock
    public void allocate(long offset, long length) throws NativeError {
        try {
            disk.allocate(descriptor(), Disk.FALLOC_KEEP_SIZE, offset, length);
        } catch (NativeError e) {
            if (!e.isUnsupported()) {
                throw e;
            }
            // Then space is found, or not, when it is written to.
        } finally {
            changes++;
        }
    }

    /** Makes zeros of a range, without changing the length; gives the space back where the file system can. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // changed only under the exclusive lock
    public void zero(long offset, long length) throws NativeError {
        int file = descriptor();
        keep(file, offset, offset + length);
        try {
            disk.allocate(file, Disk.FALLOC_PUNCH_HOLE | Disk.FALLOC_KEEP_SIZE, offset, length);
        } catch (NativeError e) {
            if (!e.isUnsupported()) {
                throw e;
            }
            long end = Math.min(offset + length, disk.length(file));
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment zeros = arena.allocate(BOUNCE_BYTES);
                for (long at = offset; at < end; at += BOUNCE_BYTES) {
                    disk.writeAll(file, zeros.asSlice(0, Math.min(BOUNCE_BYTES, end - at)), at);
                }
            }
        } finally {
            changes++;
        }
    }

    /**
     * Where data, or a hole, begins at or after {@code offset}; what lies past its end is a hole, and no data comes
     * there (-1).
     */
    public long seek(long offset, boolean hole) throws NativeError {
        long found = disk.seek(descriptor(), offset, hole);
        return found < 0 && hole ? offset : found;
    }

    /** Whether there is a file of the operating system. */
    boolean isThere() throws NativeError {
        if (isOpen()) {
            return true;
        }
        try {
            disk.close(disk.open(path, Disk.O_RDONLY));
            return true;
        } catch (NativeError e) {
            if (e.isMissing()) {
                return false;
            }
            throw e;
        }
    }

    /** Bytes. */
    long length() throws NativeError {
        return disk.length(descriptor());
    }

    /** Bytes of disk in use. */
    public long allocated() throws NativeError {
        return disk.allocated(descriptor());
    }

    /** Makes what was written durable. Blocks the carrier of a virtual thread; see {@link DataFiles#sync}. */
    void sync() throws NativeError {
        opening.lock();
        try {
            if (!isDirty()) {
                return; // synced by another, or deleted, and not to be made again
            }
            long upTo = changes;
            disk.sync(descriptor());
            if (fresh) {
                disk.syncDirectory(parent());
                fresh = false;
            }
            markSynced(upTo);
        } finally {
            opening.unlock();
        }
    }

    /** Notes that everything up to a change is durable. */
    void markSynced(long upTo) {
        // Two that finish at the same time may leave the smaller number: one sync too many later.
        if (synced < upTo) {
            synced = upTo;
        }
    }

    /** Deletes the file of the operating system, if there is one; under the exclusive lock. */
    public void delete() throws IOException {
        opening.lock();
        try {
            closeDescriptor();
            deleted.set(true);
            if (!putAside()) {
                disk.delete(path);
            }
            synced = changes;
            written.clear();
        } finally {
            opening.unlock();
        }
    }

    /** For a snapshot that is being read: what is about to change. */
    private void keep(int open, long from, long end) {
        Snapshot snapshot = snapshots.current();
        if (snapshot != null) {
            snapshot.keep(inode, open, from, end);
        }
    }

    /** For a snapshot that is being read: the file, which is about to go. False if it may go. */
    private boolean putAside() {
        Snapshot snapshot = snapshots.current();
        return snapshot != null && snapshot.putAside(inode, path);
    }

    /** Whether a descriptor is open. */
    boolean isOpen() {
        return descriptor >= 0;
    }

    /** Closes the descriptor; nobody may be using the file. */
    void close() {
        opening.lock();
        try {
            closeDescriptor();
        } finally {
            opening.unlock();
        }
    }

    private int descriptor() throws NativeError {
        int open = descriptor;
        if (open >= 0) {
            return open;
        }
        opening.lock();
        try {
            if (descriptor < 0) {
                descriptor = reopened();
            }
            return descriptor;
        } finally {
            opening.unlock();
        }
    }

    @GuardedBy("opening")
    private int reopened() throws NativeError {
        try {
            return disk.open(path, Disk.O_RDWR);
        } catch (NativeError e) {
            if (!e.isMissing()) {
                throw e;
            }
            // A file lost to a crash of the machine before it was ever synced reads as a hole.
            int made = disk.open(path, Disk.O_RDWR | Disk.O_CREAT);
            fresh = true;
            touch();
            return made;
        }
    }

    @GuardedBy("opening")
    private void closeDescriptor() {
        if (descriptor >= 0) {
            disk.close(descriptor);
            descriptor = -1;
        }
    }

    private Path parent() {
        Path directory = path.getParent();
        if (directory == null) {
            throw new IllegalStateException("a data file without a directory: " + path);
        }
        return directory;
    }
}
