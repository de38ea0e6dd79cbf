package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.domain.Entry;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.NativeDisk;
import sprite.server.domain.dump.Dump;
import sprite.server.domain.dump.Load;
import sprite.server.domain.fsck.Fsck;

/** A dump of a domain that goes on is of one moment: all of before, and nothing of after. */
class LiveImageTest {
    private static final int BLOCK = Image.BLOCK;
    private static final int PUNCH = 3; // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE

    @TempDir
    Path temporary;

    private Path source;
    private Path target;
    private Fixture domain;

    @BeforeEach
    void make() throws Exception {
        source = temporary.resolve("source");
        target = temporary.resolve("target");
        domain = new Fixture(source);
    }

    @AfterEach
    void close() {
        domain.close();
    }

    private static byte[] bytes(long seed, int count) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private Image image() throws Exception {
        return Objects.requireNonNull(domain.domain().image(() -> {}));
    }

    /** Loads what an image shows, and returns what is in it: the size and contents of each file, by name. */
    private Map<String, byte[]> loaded(Image image) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Dump.write(image, out);
        return loaded(out);
    }

    private Map<String, byte[]> loaded(ByteArrayOutputStream dump) throws Exception {
        Load.read(new ByteArrayInputStream(dump.toByteArray()), target);
        assertEquals(List.of(), Fsck.check(target).damages());
        try (Fixture copy = new Fixture(target)) {
            return contents(copy);
        } finally {
            DomainDirectory.deleteTree(target, new NativeDisk());
        }
    }

    private static Map<String, byte[]> contents(Fixture domain) throws Exception {
        Map<String, byte[]> contents = new TreeMap<>();
        for (Entry entry : domain.domain().list(domain.root(), null, 10_000)) {
            if (entry.type() == FileType.REGULAR) {
                long size = domain.attributes(entry.file()).size();
                contents.put(entry.name().toString(), domain.read(entry.file(), 0, (int) size));
            }
        }
        return contents;
    }

    private static void assertSame(Map<String, byte[]> expected, Map<String, byte[]> seen) {
        assertEquals(expected.keySet(), seen.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, seen.get(name), name));
    }

    @Test
    void showsNothingOfWhatHappensAfterIt() throws Exception {
        String[] names = {
            "overwritten", "cut", "emptied", "rewritten", "removed", "grown", "punched", "replaced", "small", "settled"
        };
        FileId[] files = new FileId[names.length];
        for (int i = 0; i < names.length; i++) {
            files[i] = domain.file(domain.root(), names[i]);
            domain.write(files[i], 0, bytes(i, names[i].equals("small") ? 100 : 5 * BLOCK + 777));
        }
        domain.domain().settle();
        domain.domain().settle();
        domain.write(files[0], 0, bytes(100, 10)); // not settled at the moment
        Map<String, byte[]> before = contents(domain);
        try (Image image = image()) {
            assertNull(domain.domain().image(() -> {}), "there was a second image");
            domain.write(files[0], BLOCK - 5, bytes(101, 3 * BLOCK));
            domain.write(files[0], 0, bytes(102, 5));
            domain.truncate(files[1], BLOCK + 3);
            domain.write(files[1], 4 * BLOCK, bytes(103, 10));
            domain.truncate(files[2], 0);
            domain.write(files[3], 2 * BLOCK, bytes(104, 10));
            domain.truncate(files[3], 0);
            domain.write(files[3], 0, bytes(105, 3 * BLOCK));
            domain.remove(domain.root(), "removed");
            domain.write(files[5], 5 * BLOCK + 777, bytes(106, 2 * BLOCK));
            domain.write(files[5], 5 * BLOCK, bytes(107, 10));
            domain.allocate(files[6], PUNCH, BLOCK, BLOCK);
            domain.file(domain.root(), "new");
            FileId other = domain.file(domain.root(), "other");
            domain.write(other, 0, bytes(108, 2 * BLOCK));
            domain.rename(domain.root(), "other", domain.root(), "replaced");
            domain.write(files[8], 0, bytes(109, BLOCK));
            domain.domain().sync(); // after which what was removed is deleted
            domain.domain().settle();
            domain.domain().settle();
            Map<String, byte[]> after = contents(domain);
            assertSame(before, loaded(image));
            assertSame(after, contents(domain));
        }
        assertFalse(Files.exists(source.resolve("aside")));
        Map<String, byte[]> last = contents(domain);
        try (Image image = image()) {
            assertSame(last, loaded(image));
        }
        domain.reopen();
        assertSame(last, contents(domain));
        domain.close();
        assertEquals(List.of(), Fsck.check(source).damages());
        domain = new Fixture(source);
    }

    /** Two files are written in turn, each in one piece over several blocks; a third is emptied and written again. */
    @Test
    void fallsBetweenTwoWrites() throws Exception {
        FileId first = domain.file(domain.root(), "first");
        FileId second = domain.file(domain.root(), "second");
        FileId third = domain.file(domain.root(), "third");
        int size = 4 * BLOCK;
        domain.write(first, 0, new byte[size]);
        domain.write(second, 0, new byte[size]);
        AtomicBoolean stop = new AtomicBoolean();
        Throwable[] failure = new Throwable[1];
        Thread writer = Thread.ofPlatform().start(() -> {
            try {
                for (int n = 1; !stop.get(); n++) {
                    domain.write(first, 0, filled(n, size));
                    domain.write(second, 0, filled(n, size));
                    domain.truncate(third, 0);
                    domain.write(third, 0, filled(n, size));
                }
            } catch (FsException e) {
                failure[0] = e;
            }
        });
        int last = 0;
        try {
            for (int round = 0; round < 2000; round++) {
                try (Image image = image()) {
                    int one = theOne(data(image, first, size));
                    int two = theOne(data(image, second, size));
                    assertTrue(two == one || two == one - 1, one + " before " + two);
                    assertTrue(two >= last, two + " after " + last);
                    last = two;
                    if (inode(image, third).storage() == Storage.FILE) {
                        int three = theOne(data(image, third, size));
                        assertTrue(three == two || three == two - 1, three + " after " + two);
                    }
                }
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        assertNull(failure[0]);
        assertTrue(last > 0);
    }

    private static Inode inode(Image image, FileId file) throws Exception {
        Inode[] found = new Inode[1];
        image.scan(Table.INODES, (key, value) -> {
            if (Keys.toLong(key) == file.inode()) {
                found[0] = InodeCodec.decode(file, value);
            }
        });
        return Objects.requireNonNull(found[0]);
    }

    private static byte[] data(Image image, FileId file, int size) throws Exception {
        byte[] bytes = new byte[size];
        try (Image.Data data = Objects.requireNonNull(image.data(file.inode()));
                Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(BLOCK);
            for (int at = 0; at < size; at += BLOCK) {
                assertEquals(BLOCK, data.read(at / BLOCK, block));
                MemorySegment.copy(block, ValueLayout.JAVA_BYTE, 0, bytes, at, BLOCK);
            }
        }
        return bytes;
    }

    private static byte[] filled(int number, int size) {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining()) {
            bytes.putInt(number);
        }
        return bytes.array();
    }

    /** The number that a file is full of. */
    private static int theOne(byte[] content) {
        int number = ByteBuffer.wrap(content).getInt();
        assertArrayEquals(filled(number, content.length), content, "a write was seen in part");
        return number;
    }

    /** Random changes of random files while a dump is written, slowly. */
    @Test
    void holdsStillWhileEverythingChanges() throws Exception {
        for (long seed = 1; seed <= 8; seed++) {
            Random random = new Random(seed);
            for (int i = 0; i < 40; i++) {
                change(random);
            }
            Map<String, byte[]> before = contents(domain);
            try (Image image = image()) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                Dump.write(image, new OutputStream() {
                    @Override
                    public void write(int b) {
                        out.write(b);
                    }

                    @Override
                    public void write(byte[] bytes, int from, int count) {
                        out.write(bytes, from, count);
                        try {
                            for (int i = 0; i < 30; i++) {
                                change(random);
                            }
                        } catch (FsException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                });
                assertSame(before, loaded(out));
            }
        }
    }

    private void change(Random random) throws FsException {
        String name = "file" + random.nextInt(12);
        Entry entry = domain.domain().lookup(domain.root(), FileName.ofText(name));
        if (entry == null) {
            domain.write(domain.file(domain.root(), name), 0, bytes(random.nextLong(), random.nextInt(6 * BLOCK)));
            return;
        }
        int at = random.nextInt(6 * BLOCK);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> domain.write(entry.file(), at, bytes(random.nextLong(), 1 + random.nextInt(2 * BLOCK)));
            case 3 -> domain.truncate(entry.file(), random.nextInt(4) == 0 ? 0 : at);
            case 4 -> domain.allocate(entry.file(), PUNCH, at, 1 + random.nextInt(BLOCK));
            case 5 -> domain.remove(domain.root(), name);
            case 6 -> domain.rename(domain.root(), name, domain.root(), "file" + random.nextInt(12));
            default -> {
                domain.domain().sync();
                domain.domain().settle();
            }
        }
    }

    @Test
    void failsWhereItCannotKeepWhatChangesAndTheChangeDoesNot() throws Exception {
        FileId file = domain.file(domain.root(), "file");
        domain.write(file, 0, bytes(1, 3 * BLOCK));
        try (Image image = image()) {
            DomainDirectory.deleteTree(source.resolve("aside"), new NativeDisk());
            domain.truncate(file, 0);
            domain.write(file, 0, bytes(2, 2 * BLOCK));
            assertThrows(FsException.class, () -> Dump.write(image, OutputStream.nullOutputStream()));
        }
        assertArrayEquals(bytes(2, 2 * BLOCK), domain.read(file, 0, 2 * BLOCK));
        try (Image image = image()) {
            assertArrayEquals(bytes(2, 2 * BLOCK), loaded(image).get("file"));
        }
    }

    @Test
    void costsLittleForHolesAndGivesUpWhereKeepingTakesLong() throws Exception {
        FileId sparse = domain.file(domain.root(), "sparse");
        domain.write(sparse, 0, bytes(1, 10));
        domain.write(sparse, 1L << 40, bytes(2, 10));
        FileId large = domain.file(domain.root(), "large");
        domain.write(large, 80 << 20, bytes(3, BLOCK));
        AtomicInteger failed = new AtomicInteger();
        try (Image image = Objects.requireNonNull(domain.domain().image(failed::incrementAndGet))) {
            domain.truncate(sparse, 5);
            domain.write(sparse, 3L * BLOCK, bytes(4, BLOCK));
            domain.allocate(large, PUNCH, 0, 81 << 20);
            Image.Data data = Objects.requireNonNull(image.data(sparse.inode()));
            try (data;
                    Arena arena = Arena.ofConfined()) {
                MemorySegment block = arena.allocate(BLOCK);
                assertEquals((1L << 40) + 10, data.length());
                assertEquals(BLOCK, data.read(3, block));
                assertArrayEquals(new byte[BLOCK], block.toArray(ValueLayout.JAVA_BYTE));
                assertEquals(10, data.read((1L << 40) / BLOCK, block));
                assertArrayEquals(bytes(2, 10), block.asSlice(0, 10).toArray(ValueLayout.JAVA_BYTE));
            }
            assertEquals(0, failed.get());
        }
        domain.write(large, 0, new byte[80 << 20]);
        try (Image image = Objects.requireNonNull(domain.domain().image(failed::incrementAndGet))) {
            domain.truncate(large, 1);
            assertTrue(failed.get() > 0);
            FsException refusal =
                    assertThrows(FsException.class, () -> Dump.write(image, OutputStream.nullOutputStream()));
            assertTrue(refusal.toString().contains("67 MB"), refusal.getMessage());
        }
        assertEquals(1, domain.attributes(large).size());
    }

    @Test
    void tellsOfADataFileThatIsMissing() throws Exception {
        FileId file = domain.file(domain.root(), "file");
        domain.write(file, 0, bytes(1, 3 * BLOCK));
        domain.reopen();
        Files.delete(DataFiles.pathOf(source.resolve("data"), file.inode()));
        try (Image image = image()) {
            FsException refusal =
                    assertThrows(FsException.class, () -> Dump.write(image, OutputStream.nullOutputStream()));
            assertTrue(refusal.toString().contains("missing"), refusal.getMessage());
        }
        assertFalse(Files.exists(DataFiles.pathOf(source.resolve("data"), file.inode())));
    }

    @Test
    void leavesNothingBehindInADomainWhoseServerIsKilled() throws Exception {
        domain.close();
        Files.createDirectory(source.resolve("aside"));
        Files.write(source.resolve("aside").resolve("blocks"), bytes(1, 10));
        domain = new Fixture(source);
        assertFalse(Files.exists(source.resolve("aside")));
        assertNotNull(domain.attributes(domain.root()));
    }
}
