package sprite.client.fuse.jnr;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * The functions of libfuse 2.9 that are called for every request, and memory that libfuse owns, by address.
 * Thread-safe: no state.
 */
final class Native {
    /** All of the address space: reading and writing at an address costs no object this way. */
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Name of the library that both bindings load. */
    static final String LIBRARY = "libfuse.so.2";

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup FUSE = SymbolLookup.libraryLookup(LIBRARY, Arena.global());

    private static final MethodHandle RECEIVE =
            function("fuse_session_receive_buf", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PROCESS =
            function("fuse_session_process_buf", FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle EXITED =
            function("fuse_session_exited", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle INTERRUPTED =
            function("fuse_interrupted", FunctionDescriptor.of(JAVA_INT), Linker.Option.critical(false));

    private static final MethodHandle CHANNEL_FD = function("fuse_chan_fd", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle WRITE = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("write"),
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));

    private static final MethodHandle UMOUNT2 = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("umount2"), FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));

    // Of umount2(2).
    private static final int MNT_DETACH = 2;
    private static final int UMOUNT_NOFOLLOW = 8;

    /** Size of struct fuse_out_header: length, error, number of the request. */
    private static final long OUT_HEADER_SIZE = 16;

    /** {@code int (*fuse_fill_dir_t)(void *buf, const char *name, const struct stat *stbuf, off_t off)}. */
    private static final MethodHandle FILL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG), Linker.Option.critical(false));

    private Native() {}

    private static MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
        return LINKER.downcallHandle(FUSE.findOrThrow(name), shape, options);
    }

    /** Code that C can call; lives as long as {@code arena}. */
    static MemorySegment callback(MethodHandle target, FunctionDescriptor shape, Arena arena) {
        return LINKER.upcallStub(target, shape, arena);
    }

    /** Waits for a request; its length, 0 when the mount is over, or a negative error number. */
    static int receive(long session, long buffer, long channelPointer) {
        try {
            return (int) RECEIVE.invokeExact(session, buffer, channelPointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Carries a request out: calls back, and answers the kernel. */
    static void process(long session, long buffer, long channel) {
        try {
            PROCESS.invokeExact(session, buffer, channel);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Answers a request past libfuse, with an error; of no effect if it has been answered. */
    static void answer(long channel, long request, int error) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(OUT_HEADER_SIZE, Long.BYTES);
            header.set(JAVA_INT, 0, (int) OUT_HEADER_SIZE);
            header.set(JAVA_INT, 4, error);
            header.set(JAVA_LONG, 8, request);
            int fd = (int) CHANNEL_FD.invokeExact(channel);
            long _ = (long) WRITE.invokeExact(fd, header.address(), OUT_HEADER_SIZE);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Takes a mount away, as root may; false if a program uses it and {@code lazily} is not wanted. */
    static boolean unmount(Path at, boolean lazily) {
        try (Arena arena = Arena.ofConfined()) {
            int flags = UMOUNT_NOFOLLOW | (lazily ? MNT_DETACH : 0);
            return (int) UMOUNT2.invokeExact(arena.allocateFrom(at.toString()), flags) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Whether the mount is over. */
    static boolean isExited(long session) {
        try {
            return (int) EXITED.invokeExact(session) != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Whether the process that waits for the request of this thread was sent a signal. */
    static boolean isInterrupted() {
        try {
            return (int) INTERRUPTED.invokeExact() != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Adds a directory entry; false if there is no memory for it. */
    static boolean fill(MemorySegment filler, long buffer, long name, long stat) {
        try {
            return (int) FILL.invokeExact(filler, buffer, name, stat, 0L) == 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a call of libfuse failed", e);
    }

    /** The bytes of a C string, one per character. */
    static String string(long address) {
        return MEMORY.getString(address, ISO_8859_1);
    }

    /** {@code size} bytes at an address, not copied. */
    static MemorySegment bytes(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    /**
     * Copies {@code value} to where a caller offered {@code size} bytes; size 0 asks how many are needed. TOO_SMALL.
     */
    static int answer(byte[] value, long address, long size) throws FsException {
        if (size == 0) {
            return value.length;
        }
        if (value.length > size) {
            throw new FsException("answer", value.length + " bytes", FsError.TOO_SMALL);
        }
        MemorySegment.copy(value, 0, MEMORY, JAVA_BYTE, address, value.length);
        return value.length;
    }
}
