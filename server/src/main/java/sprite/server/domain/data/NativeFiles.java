package sprite.server.domain.data;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/**
 * The system calls on files that Java does not offer, or not without strings attached: Linux, 64 bits. Calls that were
 * interrupted by a signal are repeated. Thread-safe.
 */
final class NativeFiles {
    private static final int O_CLOEXEC = 02000000;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_SIZE = 0x200;
    private static final int STATX_BLOCKS = 0x400;
    /** In {@code struct statx}, which unlike {@code struct stat} is laid out alike on every architecture. */
    private static final long STATX_SIZE_AT = 40;

    private static final long STATX_BLOCKS_AT = 48;
    private static final long STATX_BYTES = 256;
    private static final int EINTR = 4;

    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("open"),
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
            Linker.Option.firstVariadicArg(2),
            Linker.Option.captureCallState("errno"));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle PREAD =
            call("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
            call("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle FTRUNCATE =
            call("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle FALLOCATE =
            call("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle LSEEK =
            call("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle FSYNC = call("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle SYNCFS = call("syncfs", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle STATX =
            call("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));

    private NativeFiles() {}

    private static MethodHandle call(String name, FunctionDescriptor shape) {
        return LINKER.downcallHandle(
                LINKER.defaultLookup().findOrThrow(name), shape, Linker.Option.captureCallState("errno"));
    }

    /** One attempt at a system call; it returns -1 where it failed and then leaves errno in {@code state}. */
    private interface Attempt {
        long run(MemorySegment state) throws Throwable;
    }

    private static long repeat(String name, Attempt attempt) throws NativeError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            while (true) {
                long result = attempt.run(state);
                if (result >= 0) {
                    return result;
                }
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != EINTR) {
                    throw new NativeError(name, errno);
                }
            }
        } catch (NativeError | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call declares no exceptions", e);
        }
    }

    /** open(2); returns the descriptor. New files belong to the server and nobody else. */
    static int open(Path path, int flags) throws NativeError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            return (int) repeat("open " + path, state -> (int) OPEN.invokeExact(state, name, flags | O_CLOEXEC, 0600));
        }
    }

    /** close(2), once: a descriptor is gone even where close fails, and may be somebody else's by then. */
    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) CLOSE.invokeExact(arena.allocate(STATE), descriptor);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call declares no exceptions", e);
        }
    }

    /** pread(2) into native memory; 0 at the end of the file. */
    static long read(int descriptor, MemorySegment into, long offset) throws NativeError {
        return repeat("pread", state -> (long) PREAD.invokeExact(state, descriptor, into, into.byteSize(), offset));
    }

    /** pwrite(2) from native memory. */
    static long write(int descriptor, MemorySegment from, long offset) throws NativeError {
        return repeat("pwrite", state -> (long) PWRITE.invokeExact(state, descriptor, from, from.byteSize(), offset));
    }

    /** ftruncate(2). */
    static void truncate(int descriptor, long size) throws NativeError {
        repeat("ftruncate", state -> (int) FTRUNCATE.invokeExact(state, descriptor, size));
    }

    /** fallocate(2). */
    static void allocate(int descriptor, int mode, long offset, long length) throws NativeError {
        repeat("fallocate", state -> (int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length));
    }

    /** fsync(2). Blocks the thread that carries a virtual thread: not to be called on one. */
    static void sync(int descriptor) throws NativeError {
        repeat("fsync", state -> (int) FSYNC.invokeExact(state, descriptor));
    }

    /** Makes a directory's entries durable. */
    static void syncDirectory(Path directory) throws NativeError {
        int descriptor = open(directory, Disk.O_RDONLY);
        try {
            sync(descriptor);
        } finally {
            close(descriptor);
        }
    }

    /** syncfs(2): makes everything in the file system that {@code path} lies in durable. */
    static void syncFileSystem(Path path) throws NativeError {
        int descriptor = open(path, Disk.O_RDONLY);
        try {
            repeat("syncfs", state -> (int) SYNCFS.invokeExact(state, descriptor));
        } finally {
            close(descriptor);
        }
    }

    /** Length in bytes. */
    static long length(int descriptor) throws NativeError {
        return stat(descriptor, STATX_SIZE, STATX_SIZE_AT);
    }

    /** lseek(2) for data or a hole; -1 past the end, and where no data comes any more. */
    static long seek(int descriptor, long offset, boolean hole) throws NativeError {
        int whence = hole ? SEEK_HOLE : SEEK_DATA;
        try {
            return repeat("lseek", state -> (long) LSEEK.invokeExact(state, descriptor, offset, whence));
        } catch (NativeError e) {
            if (e.isPastEnd()) {
                return -1;
            }
            throw e;
        }
    }

    /** Bytes of disk in use, with those that are allocated at the latest when written out. */
    static long allocated(int descriptor) throws NativeError {
        return stat(descriptor, STATX_BLOCKS, STATX_BLOCKS_AT) * 512;
    }

    private static long stat(int descriptor, int mask, long at) throws NativeError {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nothing = arena.allocateFrom("");
            MemorySegment answer = arena.allocate(STATX_BYTES, 8);
            repeat("statx", state -> (int) STATX.invokeExact(state, descriptor, nothing, AT_EMPTY_PATH, mask, answer));
            return answer.get(JAVA_LONG, at);
        }
    }
}
