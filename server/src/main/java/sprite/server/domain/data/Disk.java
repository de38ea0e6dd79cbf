package sprite.server.domain.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * The system calls that a domain makes on its own files; the metadata store makes its own. {@link NativeDisk} is the
 * real one, tests put one in its place that forgets what was not synced. Implementations are thread-safe.
 */
public interface Disk {
    /** To open for reading only. */
    int O_RDONLY = 0;

    /** To open for reading and writing. */
    int O_RDWR = 2;

    /** Makes the file if it is missing. */
    int O_CREAT = 0100;

    /** Makes the file empty. */
    int O_TRUNC = 01000;

    /** Of {@link #allocate}: the length stays. */
    int FALLOC_KEEP_SIZE = 1;

    /** Of {@link #allocate}: makes a hole. */
    int FALLOC_PUNCH_HOLE = 2;

    /** open(2); returns the descriptor. New files belong to the server and nobody else. */
    int open(Path path, int flags) throws NativeError;

    /** close(2), once. */
    void close(int descriptor);

    /** pread(2) into native memory; 0 at the end of the file. */
    long read(int descriptor, MemorySegment into, long offset) throws NativeError;

    /** Reads until {@code into} (native memory) is full or the file ends; returns the bytes read. */
    default long readAll(int descriptor, MemorySegment into, long offset) throws NativeError {
        long done = 0;
        while (done < into.byteSize()) {
            long count = read(descriptor, into.asSlice(done), offset + done);
            if (count == 0) {
                break;
            }
            done += count;
        }
        return done;
    }

    /** pwrite(2) from native memory. */
    long write(int descriptor, MemorySegment from, long offset) throws NativeError;

    /** Writes all of {@code from} (native memory). */
    default void writeAll(int descriptor, MemorySegment from, long offset) throws NativeError {
        long done = 0;
        while (done < from.byteSize()) {
            done += write(descriptor, from.asSlice(done), offset + done);
        }
    }

    /** ftruncate(2). */
    void truncate(int descriptor, long size) throws NativeError;

    /** fallocate(2). */
    void allocate(int descriptor, int mode, long offset, long length) throws NativeError;

    /** fsync(2): the file's data and length, not its name. Not to be called on a virtual thread. */
    void sync(int descriptor) throws NativeError;

    /** Makes a directory's entries durable. */
    void syncDirectory(Path directory) throws NativeError;

    /** syncfs(2): makes everything in the file system that {@code path} lies in durable. */
    void syncFileSystem(Path path) throws NativeError;

    /** Length in bytes. */
    long length(int descriptor) throws NativeError;

    /** lseek(2) for data or a hole; -1 past the end, and where no data comes any more. */
    long seek(int descriptor, long offset, boolean hole) throws NativeError;

    /** Bytes of disk in use, with those that are allocated at the latest when written out. */
    long allocated(int descriptor) throws NativeError;

    /** Makes a directory that was not there, which belongs to the server and nobody else. */
    void makeDirectory(Path directory) throws IOException;

    /** Takes a file or an empty directory away, if it is there. */
    void delete(Path path) throws IOException;

    /** rename(2). Durable when both directories are. */
    void move(Path from, Path to) throws IOException;

    /** What is different after the machine started again. */
    String boot();
}
