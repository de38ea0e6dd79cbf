package sprite.common.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Memory straight from the kernel, in huge pages where it grants them: an {@link Arena}'s own memory would be cleared a
 * second time and brought in by a page fault for every 4 KiB. See mmap(2) and madvise(2). Pure functions.
 */
final class PageMemory {
    /** Bytes of a huge page on x86-64 and, with 4 KiB pages, on AArch64. */
    private static final long HUGE = 2L << 20;

    // include/uapi/asm-generic/mman-common.h and mman.h
    private static final int PROT_READ_WRITE = 0x1 | 0x2;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final int MADV_HUGEPAGE = 14;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP = function(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle MUNMAP = function(
            "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle MADVISE = function(
            "madvise",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

    private PageMemory() {}

    @SuppressWarnings("restricted") // functions of the C library, declared as in its headers
    private static MethodHandle function(String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type);
    }

    /**
     * Zeroed memory that lives as long as {@code arena}.
     *
     * @param bytes a multiple of a page
     * @throws OutOfMemoryError if the kernel has none
     */
    @SuppressWarnings("restricted") // the mapping was just made, has that size, and ends with the arena
    static MemorySegment allocate(Arena arena, long bytes) {
        try {
            long mapped = (long) MMAP.invokeExact(0L, bytes + HUGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped == -1) {
                throw new OutOfMemoryError("the kernel has no " + bytes + " bytes for the block cache");
            }
            long start = (mapped + HUGE - 1) / HUGE * HUGE;
            unmap(mapped, start - mapped);
            unmap(start + bytes, mapped + HUGE - start);
            int _ = (int) MADVISE.invokeExact(start, bytes, MADV_HUGEPAGE); // without it, small pages do as well
            return MemorySegment.ofAddress(start).reinterpret(bytes, arena, _ -> unmap(start, bytes));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static void unmap(long start, long bytes) {
        if (bytes > 0) {
            try {
                int _ = (int) MUNMAP.invokeExact(start, bytes);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }
    }

    private static RuntimeException unexpected(Throwable thrown) {
        switch (thrown) {
            case Error e -> throw e;
            case RuntimeException e -> throw e;
            default -> throw new IllegalStateException(thrown); // functions of the C library throw nothing
        }
    }
}
