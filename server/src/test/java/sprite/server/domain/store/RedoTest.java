package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Keeping;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.data.Disk;
import sprite.server.domain.data.NativeDisk;
import sprite.server.domain.fsck.Fsck;

/**
 * A write whose answer is kept, and a server that ends in the middle of it: what its directory is like at each system
 * call is opened as by the next start. The data is there if the answer is, and else nothing of it.
 */
class RedoTest {
    private static final int SIZE = 200_000;
    private static final ReplyKey KEY = ReplyKey.ofWrite(7, 1);

    @TempDir
    Path temporary;

    private final Disk real = new NativeDisk();
    private final List<Path> ends = new ArrayList<>();
    private boolean watched;
    private boolean full;

    private Path source;
    private BlockCache cache;
    private RocksDomain domain;
    private FileId file;

    @BeforeEach
    void make() throws Exception {
        source = temporary.resolve("source");
        try (Fixture before = new Fixture(source)) {
            file = before.file(before.root(), "f");
            before.write(file, 0, filled('a', SIZE));
            before.domain().settle();
            before.domain().settle();
        }
        Disk disk = (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (_, call, with) -> carryOut(call, with));
        Ground ground = new Ground(disk, List.of(), Runnable::run, 3_600);
        cache = new BlockCache(32 << 20);
        domain = RocksDomain.open(Prefix.ROOT, source, DomainOptions.with(cache), ground);
    }

    @AfterEach
    void close() throws Exception {
        watched = false;
        domain.close();
    }

    private Object carryOut(Method call, Object[] with) throws Throwable {
        boolean writes = watched && call.getName().startsWith("write");
        if (writes && full) {
            with[0] = real.open(Path.of("/dev/full"), Disk.O_RDWR);
        }
        if (writes && !full) {
            end();
        }
        try {
            return call.invoke(real, with);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            if (writes && full) {
                real.close((int) with[0]);
            } else if (writes) {
                end();
            }
        }
    }

    /** What would be there if the server ended now. */
    private void end() throws IOException {
        Path copy = temporary.resolve("end" + ends.size());
        try (Stream<Path> all = Files.walk(source)) {
            for (Path path : all.toList()) {
                Files.copy(path, copy.resolve(source.relativize(path)));
            }
        }
        ends.add(copy);
    }

    private static byte[] filled(char with, int count) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) with);
        return bytes;
    }

    private Attributes write(long offset, int count) throws FsException {
        watched = true;
        try {
            return domain.write(file, offset, MemorySegment.ofArray(filled('b', count)), null, new Keeping<>(KEY, _ ->
                    new byte[] {1}));
        } finally {
            watched = false;
        }
    }

    private static byte[] after(int offset, int count) {
        byte[] expected = Arrays.copyOf(filled('a', SIZE), Math.max(SIZE, offset + count));
        Arrays.fill(expected, offset, offset + count, (byte) 'b');
        return expected;
    }

    private void assertDoneOrNot(int offset, int count) throws Exception {
        assertTrue(ends.size() >= 2, "the write was not seen");
        int done = 0;
        for (Path end : ends) {
            try (Fixture f = new Fixture(end)) {
                boolean answered = f.domain().keptReply(KEY) != null;
                byte[] expected = answered ? after(offset, count) : filled('a', SIZE);
                assertEquals(expected.length, f.attributes(file).size(), end + "");
                assertArrayEquals(expected, f.read(file, 0, expected.length + 1), end + "");
                done += answered ? 1 : 0;
            }
            assertEquals(List.of(), Fsck.check(end).damages(), end + "");
        }
        assertTrue(done > 0, "the end came never after the answer");
    }

    @Test
    void overOlderDataIsDoneIfItsAnswerIsKept() throws Exception {
        Attributes after = write(70_000, 100);
        assertEquals(SIZE, after.size());
        assertDoneOrNot(70_000, 100);
    }

    @Test
    void overTheEndOfTheFileIsDoneIfItsAnswerIsKept() throws Exception {
        Attributes after = write(SIZE - 50, 70_000);
        assertEquals(SIZE - 50 + 70_000, after.size());
        assertDoneOrNot(SIZE - 50, 70_000);
    }

    @Test
    void isNotPlayedOverWhatCameAfterIt() throws Exception {
        var _ = write(70_000, 100);
        var _ = domain.write(file, 70_000, MemorySegment.ofArray(filled('c', 100)), null, null);
        end();
        try (Fixture f = new Fixture(ends.getLast())) {
            assertArrayEquals(filled('c', 100), f.read(file, 70_000, 100));
            assertNotNull(f.domain().keptReply(KEY));
        }
    }

    @Test
    void leavesNothingOnAFullDisk() throws Exception {
        Attributes before = domain.attributes(file);
        full = true;
        FsException refusal = assertThrows(FsException.class, () -> write(SIZE - 50, 70_000));
        assertEquals(FsError.NO_SPACE, refusal.error());
        full = false;
        assertNull(domain.keptReply(KEY));
        assertEquals(before.size(), domain.attributes(file).size());
        end();
        try (Fixture f = new Fixture(ends.getLast())) {
            assertNull(f.domain().keptReply(KEY));
            assertArrayEquals(filled('a', SIZE), f.read(file, 0, SIZE + 1));
        }
    }
}
