package sprite.client.fuse.kernel;

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

/**
 * The functions of the C library that this driver calls, but for those of {@link Spawn}. Each returns what C returns; a
 * call that fails leaves its error number in the {@link Errors} that it was given. Pointers are addresses. Thread-safe:
 * no state.
 */
final class Libc {
    // Of open(2), the same on x86-64 and aarch64.
    static final int O_RDWR = 02;
    static final int O_CLOEXEC = 02000000;

    // System calls; those of Linux 5 have the same numbers everywhere.
    private static final long PIDFD_OPEN = 434;
    private static final long PIDFD_GETFD = 438;

    // Of mount(2) and umount2(2).
    static final long MS_RDONLY = 1;
    static final long MS_NOSUID = 2;
    static final long MS_NODEV = 4;
    static final int MNT_DETACH = 2;
    static final int UMOUNT_NOFOLLOW = 8;

    // Of mmap(2).
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final int MAP_POPULATE = 0x8000;
    private static final long MAP_FAILED = -1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRORS = Linker.Option.captureStateLayout();
    private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");

    private static final MethodHandle OPEN = function(
            "open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), CAPTURE, Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT), CAPTURE);
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG), CAPTURE);
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG), CAPTURE);
    private static final MethodHandle WRITEV =
            function("writev", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT), CAPTURE);
    private static final MethodHandle MOUNT =
            function("mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS), CAPTURE);
    private static final MethodHandle UMOUNT2 =
            function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), CAPTURE);
    private static final MethodHandle SOCKETPAIR =
            function("socketpair", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS), CAPTURE);
    private static final MethodHandle RECVMSG =
            function("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT), CAPTURE);
    private static final MethodHandle MMAP = function(
            "mmap",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
            CAPTURE);
    private static final MethodHandle MUNMAP =
            function("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG), CAPTURE);
    private static final MethodHandle STRERROR = function("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle SYSCALL = function(
            "syscall",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            CAPTURE,
            Linker.Option.firstVariadicArg(1));
    private static final MethodHandle GETEUID = function("geteuid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle GETEGID = function("getegid", FunctionDescriptor.of(JAVA_INT));

    private Libc() {}

    /** A function of the C library. */
    static MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape, options);
    }

    /** Where the error number of the last call that failed is left. Confined to one thread at a time. */
    static final class Errors {
        private static final long NUMBER = ERRORS.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

        private final MemorySegment state;

        Errors(Arena arena) {
            state = arena.allocate(ERRORS);
        }

        /** The error number, of {@code errno.h}. */
        int number() {
            return state.get(JAVA_INT, NUMBER);
        }

        /** The error in words, for people. */
        String text() {
            return errorText(number());
        }
    }

    /** An error number in words. */
    static String errorText(int number) {
        try {
            MemorySegment text = (MemorySegment) STRERROR.invokeExact(number);
            return text.reinterpret(Long.MAX_VALUE).getString(0);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int open(Errors errors, MemorySegment path, int flags) {
        try {
            return (int) OPEN.invokeExact(errors.state, path, flags);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int close(Errors errors, int fd) {
        try {
            return (int) CLOSE.invokeExact(errors.state, fd);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long read(Errors errors, int fd, long address, long size) {
        try {
            return (long) READ.invokeExact(errors.state, fd, address, size);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long write(Errors errors, int fd, long address, long size) {
        try {
            return (long) WRITE.invokeExact(errors.state, fd, address, size);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** @param pieces {@code struct iovec}: address and length of each */
    static long writev(Errors errors, int fd, MemorySegment pieces, int count) {
        try {
            return (long) WRITEV.invokeExact(errors.state, fd, pieces, count);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int mount(
            Errors errors,
            MemorySegment source,
            MemorySegment target,
            MemorySegment type,
            long flags,
            MemorySegment data) {
        try {
            return (int) MOUNT.invokeExact(errors.state, source, target, type, flags, data);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int umount2(Errors errors, MemorySegment target, int flags) {
        try {
            return (int) UMOUNT2.invokeExact(errors.state, target, flags);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int socketpair(Errors errors, int domain, int type, int protocol, MemorySegment fds) {
        try {
            return (int) SOCKETPAIR.invokeExact(errors.state, domain, type, protocol, fds);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static long recvmsg(Errors errors, int fd, MemorySegment message, int flags) {
        try {
            return (long) RECVMSG.invokeExact(errors.state, fd, message, flags);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * Memory of whole pages, zeros. Usable by any thread, until {@link #unmap}.
     *
     * @param whole else only pages that are touched cost anything
     */
    static MemorySegment map(Errors errors, long size, boolean whole) {
        try {
            int flags = MAP_PRIVATE_ANONYMOUS | (whole ? MAP_POPULATE : 0);
            long address = (long) MMAP.invokeExact(errors.state, 0L, size, PROT_READ_WRITE, flags, -1, 0L);
            if (address == MAP_FAILED) {
                throw new OutOfMemoryError("no " + size + " bytes for requests: " + errors.text());
            }
            return MemorySegment.ofAddress(address).reinterpret(size);
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void unmap(Errors errors, MemorySegment memory) {
        try {
            int _ = (int) MUNMAP.invokeExact(errors.state, memory.address(), memory.byteSize());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** pidfd_open(2), which the C library has as a function only since glibc 2.36. */
    static int pidfdOpen(Errors errors, long pid) {
        return systemCall(errors, PIDFD_OPEN, pid, 0);
    }

    /** pidfd_getfd(2). */
    static int pidfdGetfd(Errors errors, int process, int fd) {
        return systemCall(errors, PIDFD_GETFD, process, fd);
    }

    private static int systemCall(Errors errors, long number, long first, long second) {
        try {
            return (int) (long) SYSCALL.invokeExact(errors.state, number, first, second, 0L);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int geteuid() {
        try {
            return (int) GETEUID.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static int getegid() {
        try {
            return (int) GETEGID.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What a call throws that cannot be. */
    static IllegalStateException unexpected(Throwable e) {
        return new IllegalStateException("a call of the C library failed", e);
    }
}
