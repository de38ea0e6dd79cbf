package sprite.client.stress;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * System calls on files as C has them (Linux, 64 bits), without anything that Java's own classes add. A result below 0
 * is an error number, negated. Calls that a signal interrupted are repeated. Confined to one thread.
 */
public final class SystemCalls {
    public static final int O_RDONLY = 0;
    public static final int O_WRONLY = 1;
    public static final int O_RDWR = 2;
    public static final int O_CREAT = 0100;
    public static final int O_EXCL = 0200;
    public static final int O_TRUNC = 01000;
    public static final int O_APPEND = 02000;
    public static final int O_NOFOLLOW = 0400000;

    /** Most bytes that one read or write moves. */
    public static final int DATA_MAX = 1 << 18;

    private static final int O_CLOEXEC = 02000000;
    private static final int MODE = 0666;
    private static final int DIRECTORY_MODE = 0777;
    private static final int LOCK_EX = 2;
    private static final int LOCK_UN = 8;
    private static final int F_SETLKW = 7;
    private static final int F_OFD_SETLKW = 38;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final long FLOCK_BYTES = 32;
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC = 0x7ff;
    private static final long STATX_SIZE_AT = 40;
    private static final long STATX_BYTES = 256;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED = 1;
    private static final int MS_SYNC = 4;
    private static final int MFD_CLOEXEC = 1;
    private static final int CLONE_FILES = 0x400;
    private static final int RENAME_EXCHANGE = 2;
    private static final int PATH_MAX = 4096;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = call(
            "open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FCNTL = call(
            "fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle PREAD =
            call("pread", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle PWRITE =
            call("pwrite", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle WRITE =
            call("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle FSYNC = call("fsync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FTRUNCATE =
            call("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle TRUNCATE = call("truncate", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle FLOCK = call("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle STATX =
            call("statx", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle RENAME = call("rename", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle LINK = call("link", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SYMLINK = call("symlink", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle READLINK =
            call("readlink", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle UNLINK = call("unlink", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle MKDIR = call("mkdir", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RMDIR = call("rmdir", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle MMAP = call(
            "mmap", FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP = call("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MSYNC =
            call("msync", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle MEMFD_CREATE =
            call("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle UNSHARE = call("unshare", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle RENAMEAT2 =
            call("renameat2", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));

    private final MemorySegment state;
    private final MemorySegment path;
    private final MemorySegment secondPath;
    private final MemorySegment answer;
    private final MemorySegment lock;
    private final MemorySegment data;
    private final Progress progress = new Progress();

    /** What descriptors were opened as, for people. */
    private final Map<Integer, String> names = new HashMap<>();

    /** What was mapped last. */
    private String mappedFile = "";

    /** With memory that lives as long as {@code arena}. */
    public SystemCalls(Arena arena) {
        state = arena.allocate(STATE);
        path = arena.allocate(PATH_MAX);
        secondPath = arena.allocate(PATH_MAX);
        answer = arena.allocate(STATX_BYTES, 8);
        lock = arena.allocate(FLOCK_BYTES, 8);
        data = arena.allocate(DATA_MAX, 8);
    }

    private static MethodHandle call(String name, FunctionDescriptor shape, Linker.Option... options) {
        var all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 1, options.length);
        all[0] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), shape, all);
    }

    /** One attempt at a call; where it returns -1 it leaves errno in {@link #state}. */
    private interface Attempt {
        long run() throws Throwable;
    }

    private long named(String call, String file, Attempt attempt) {
        return repeat(progress.begin(call, file, false), attempt);
    }

    private long opened(String call, int descriptor, Attempt attempt) {
        return named(call, nameOf(descriptor), attempt);
    }

    private String nameOf(int descriptor) {
        return names.getOrDefault(descriptor, "");
    }

    private long repeat(UnderWay begun, Attempt attempt) {
        try {
            while (true) {
                long result = attempt.run();
                if (result != -1) {
                    return result;
                }
                int errno = (int) ERRNO.get(state, 0L);
                if (errno != Errors.EINTR) {
                    return -errno;
                }
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a system call declares no exceptions", e);
        } finally {
            progress.end(begun);
        }
    }

    /** Which call is under way. For any thread. */
    Progress progress() {
        return progress;
    }

    private static MemorySegment put(MemorySegment into, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment.copy(bytes, 0, into, JAVA_BYTE, 0, bytes.length);
        into.set(JAVA_BYTE, bytes.length, (byte) 0);
        return into;
    }

    /** What {@link #pread} read and {@link #pwrite} and {@link #write} write. */
    public MemorySegment data() {
        return data;
    }

    /** open(2); returns a descriptor. */
    public int open(String name, int flags) {
        MemorySegment file = put(path, name);
        int descriptor = (int) named("open", name, () -> (int) OPEN.invokeExact(state, file, flags | O_CLOEXEC, MODE));
        if (descriptor >= 0) {
            names.put(descriptor, name);
        }
        return descriptor;
    }

    /** close(2). The descriptor is gone even if this fails. */
    public int close(int descriptor) {
        String name = Objects.requireNonNullElse(names.remove(descriptor), "");
        return (int) named("close", name, () -> (int) CLOSE.invokeExact(state, descriptor));
    }

    /** pread(2) of so many bytes. */
    public long pread(int descriptor, long bytes, long offset) {
        return opened("pread", descriptor, () -> (long) PREAD.invokeExact(state, descriptor, data, bytes, offset));
    }

    /** pwrite(2) of so many bytes. */
    public long pwrite(int descriptor, long bytes, long offset) {
        return opened("pwrite", descriptor, () -> (long) PWRITE.invokeExact(state, descriptor, data, bytes, offset));
    }

    /** write(2) of so many bytes. */
    public long write(int descriptor, long bytes) {
        return opened("write", descriptor, () -> (long) WRITE.invokeExact(state, descriptor, data, bytes));
    }

    /** fsync(2). */
    public int fsync(int descriptor) {
        return (int) opened("fsync", descriptor, () -> (int) FSYNC.invokeExact(state, descriptor));
    }

    /** ftruncate(2). */
    public int ftruncate(int descriptor, long size) {
        return (int) opened("ftruncate", descriptor, () -> (int) FTRUNCATE.invokeExact(state, descriptor, size));
    }

    /** truncate(2). */
    public int truncate(String name, long size) {
        MemorySegment file = put(path, name);
        return (int) named("truncate", name, () -> (int) TRUNCATE.invokeExact(state, file, size));
    }

    /** flock(2), exclusive; waits. */
    public int flock(int descriptor, boolean take) {
        int operation = take ? LOCK_EX : LOCK_UN;
        UnderWay begun = progress.begin("flock", nameOf(descriptor), take);
        return (int) repeat(begun, () -> (int) FLOCK.invokeExact(state, descriptor, operation));
    }

    /** fcntl(2): an exclusive lock on the whole file that belongs to the descriptor, not to the process; waits. */
    public int lockFile(int descriptor, boolean take) {
        return fcntl(descriptor, F_OFD_SETLKW, take);
    }

    /**
     * fcntl(2): an exclusive lock on the whole file that belongs to the process, which for the kernel is whoever shares
     * a table of descriptors; waits. Closing any descriptor of the file gives it back.
     */
    public int lockFileAsProcess(int descriptor, boolean take) {
        return fcntl(descriptor, F_SETLKW, take);
    }

    private int fcntl(int descriptor, int command, boolean take) {
        lock.fill((byte) 0);
        lock.set(JAVA_SHORT, 0, take ? F_WRLCK : F_UNLCK);
        UnderWay begun = progress.begin("fcntl", nameOf(descriptor), take);
        return (int) repeat(begun, () -> (int) FCNTL.invokeExact(state, descriptor, command, lock));
    }

    /** unshare(2): gives the calling thread a table of descriptors of its own, with what is in the common one now. */
    int unshareDescriptors() {
        return (int) named("unshare", "", () -> (int) UNSHARE.invokeExact(state, CLONE_FILES));
    }

    /** Size in bytes, as stat(2) says; of a symbolic link itself. */
    public long size(String name) {
        put(path, name);
        return statx(progress.begin("stat", name, false), AT_FDCWD, AT_SYMLINK_NOFOLLOW);
    }

    /** Size in bytes, as fstat(2) says. */
    public long size(int descriptor) {
        put(path, "");
        return statx(progress.begin("fstat", nameOf(descriptor), false), descriptor, AT_EMPTY_PATH);
    }

    private long statx(UnderWay begun, int descriptor, int flags) {
        long result = repeat(begun, () -> (int) STATX.invokeExact(state, descriptor, path, flags, STATX_BASIC, answer));
        return result < 0 ? result : answer.get(JAVA_LONG, STATX_SIZE_AT);
    }

    /** rename(2). */
    public int rename(String from, String to) {
        MemorySegment old = put(path, from);
        MemorySegment young = put(secondPath, to);
        return (int) named("rename", from + " -> " + to, () -> (int) RENAME.invokeExact(state, old, young));
    }

    /** renameat2(2): two names change places. */
    public int exchange(String one, String other) {
        MemorySegment old = put(path, one);
        MemorySegment young = put(secondPath, other);
        return (int) named("exchange", one + " <-> " + other, () ->
                (int) RENAMEAT2.invokeExact(state, AT_FDCWD, old, AT_FDCWD, young, RENAME_EXCHANGE));
    }

    /** link(2): another name for a file. */
    public int link(String file, String name) {
        MemorySegment old = put(path, file);
        MemorySegment young = put(secondPath, name);
        return (int) named("link", file + " -> " + name, () -> (int) LINK.invokeExact(state, old, young));
    }

    /** symlink(2). */
    public int symlink(String target, String name) {
        MemorySegment old = put(path, target);
        MemorySegment young = put(secondPath, name);
        return (int) named("symlink", name, () -> (int) SYMLINK.invokeExact(state, old, young));
    }

    /** readlink(2), into {@link #data}; returns the length. */
    public long readlink(String name) {
        MemorySegment link = put(path, name);
        return named("readlink", name, () -> (long) READLINK.invokeExact(state, link, data, (long) PATH_MAX));
    }

    /** unlink(2). */
    public int unlink(String name) {
        MemorySegment file = put(path, name);
        return (int) named("unlink", name, () -> (int) UNLINK.invokeExact(state, file));
    }

    /** mkdir(2). */
    public int mkdir(String name) {
        MemorySegment directory = put(path, name);
        return (int) named("mkdir", name, () -> (int) MKDIR.invokeExact(state, directory, DIRECTORY_MODE));
    }

    /** rmdir(2). */
    public int rmdir(String name) {
        MemorySegment directory = put(path, name);
        return (int) named("rmdir", name, () -> (int) RMDIR.invokeExact(state, directory));
    }

    /** The names in a directory, but for "." and ".."; null if it cannot be read. */
    public String @Nullable [] list(String name) {
        UnderWay begun = progress.begin("readdir", name, false);
        try {
            return new File(name).list();
        } finally {
            progress.end(begun);
        }
    }

    /** mmap(2), shared, to read and write; returns an address. */
    public long mmap(int descriptor, long bytes) {
        mappedFile = nameOf(descriptor);
        return opened("mmap", descriptor, () ->
                (long) MMAP.invokeExact(state, 0L, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0L));
    }

    /** munmap(2). */
    public int munmap(long address, long bytes) {
        return (int) named("munmap", mappedFile, () -> (int) MUNMAP.invokeExact(state, address, bytes));
    }

    /** msync(2): returns when the file system has the data. */
    public int msync(long address, long bytes) {
        return (int) named("msync", mappedFile, () -> (int) MSYNC.invokeExact(state, address, bytes, MS_SYNC));
    }

    /** memfd_create(2): a descriptor of a file in memory without a name, for {@link #load} and {@link #store}. */
    public int memoryFile() {
        MemorySegment name = put(path, "mapped");
        return (int) named("memfd_create", "", () -> (int) MEMFD_CREATE.invokeExact(state, name, MFD_CLOEXEC));
    }

    /**
     * Loads from a mapping into {@link #data}. The kernel copies, by way of a file in memory: where the file system
     * cannot give the page this is an error (EFAULT) and not a signal, which would end the JVM.
     */
    public long load(int memoryFile, long address, long bytes) {
        MemorySegment mapped = MemorySegment.ofAddress(address);
        long result = named(
                "load from mapping", mappedFile, () -> (long) PWRITE.invokeExact(state, memoryFile, mapped, bytes, 0L));
        return result < 0 ? result : pread(memoryFile, bytes, 0);
    }

    /** Stores into a mapping what is in {@link #data}, as {@link #load} loads. */
    public long store(int memoryFile, long address, long bytes) {
        MemorySegment mapped = MemorySegment.ofAddress(address);
        long result = pwrite(memoryFile, bytes, 0);
        return result < 0
                ? result
                : named("store to mapping", mappedFile, () ->
                        (long) PREAD.invokeExact(state, memoryFile, mapped, bytes, 0L));
    }
}
