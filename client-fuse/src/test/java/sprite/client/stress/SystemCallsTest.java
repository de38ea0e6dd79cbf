package sprite.client.stress;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the workloads need of the kernel beyond ordinary calls. */
final class SystemCallsTest {
    private static final int EFAULT = 14;
    private static final int PAGE = 4096;

    @TempDir
    private Path directory = Path.of("");

    private final SystemCalls calls = new SystemCalls(Arena.ofAuto());

    private String file(String name) throws Exception {
        return Files.createFile(directory.resolve(name)).toString();
    }

    @Test
    void storesAndLoadsThroughAMapping() throws Exception {
        String file = file("mapped");
        int descriptor = calls.open(file, SystemCalls.O_RDWR);
        int memory = calls.memoryFile();
        assertEquals(0, calls.ftruncate(descriptor, PAGE));
        long address = calls.mmap(descriptor, PAGE);
        assertTrue(address > 0);
        calls.data().set(JAVA_LONG, 0, 42);
        assertEquals(Long.BYTES, calls.store(memory, address + 64, Long.BYTES));
        calls.data().set(JAVA_LONG, 0, 0);
        assertEquals(Long.BYTES, calls.pread(descriptor, Long.BYTES, 64));
        assertEquals(42, calls.data().get(JAVA_LONG, 0));
        calls.data().set(JAVA_LONG, 0, 0);
        assertEquals(Long.BYTES, calls.load(memory, address + 64, Long.BYTES));
        assertEquals(42, calls.data().get(JAVA_LONG, 0));
        assertEquals(0, calls.munmap(address, PAGE));
        calls.close(memory);
        calls.close(descriptor);
    }

    /** Touched by the JVM itself, it would end by SIGBUS, or a thread somewhere with an InternalError. */
    @Test
    void aPageThatIsNotThereIsAnError() throws Exception {
        int descriptor = calls.open(file("short"), SystemCalls.O_RDWR);
        int memory = calls.memoryFile();
        long address = calls.mmap(descriptor, PAGE);
        assertTrue(address > 0);
        assertEquals(-EFAULT, calls.load(memory, address, Long.BYTES));
        assertEquals(-EFAULT, calls.store(memory, address, Long.BYTES));
        calls.munmap(address, PAGE);
        calls.close(memory);
        calls.close(descriptor);
    }

    @Test
    void lockOwnersExcludeEachOtherLikeProcesses() throws Exception {
        String file = file("locked");
        try (var one = new LockOwner("one");
                var other = new LockOwner("other")) {
            assertTrue(one.isAvailable() && other.isAvailable());
            int mine = one.call(own -> own.open(file, SystemCalls.O_RDWR));
            int theirs = other.call(own -> own.open(file, SystemCalls.O_RDWR));
            assertEquals(0, one.call(own -> own.lockFileAsProcess(mine, true)));
            var got = new CompletableFuture<Integer>();
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> got.complete(other.call(own -> own.lockFileAsProcess(theirs, true))));
            assertWaits(file);
            assertFalse(got.isDone());
            // As POSIX has it: closing any descriptor of the file gives the lock back.
            int second = one.call(own -> own.open(file, SystemCalls.O_RDONLY));
            assertEquals(0, one.call(own -> own.close(second)));
            assertEquals(0, got.get(60, TimeUnit.SECONDS));
        }
    }

    /** Until somebody waits for a lock of the file. */
    private static void assertWaits(String file) throws Exception {
        String inode = Files.getAttribute(Path.of(file), "unix:ino").toString();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        boolean waits = false;
        while (!waits && System.nanoTime() < deadline) {
            waits = Files.readAllLines(Path.of("/proc/locks")).stream()
                    .anyMatch(line -> line.contains(" -> ") && line.contains(":" + inode + " "));
        }
        assertTrue(waits, "nobody waits for the lock");
    }
}
