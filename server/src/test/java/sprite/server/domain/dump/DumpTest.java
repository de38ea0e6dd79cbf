package sprite.server.domain.dump;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.fsck.Fsck;
import sprite.server.domain.fsck.FullDomain;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.RocksDomain;

/** What is loaded is what was dumped, or nothing. */
class DumpTest {
    @TempDir
    Path temporary;

    private Path source;
    private Path target;
    private byte[] dump;

    @BeforeEach
    void make() throws Exception {
        source = temporary.resolve("source");
        target = temporary.resolve("target");
        FullDomain.make(source);
        dump = dump(source);
    }

    private static byte[] dump(Path directory) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertTrue(Dump.write(directory, out) > 50);
        return out.toByteArray();
    }

    private void load(byte[] bytes) throws DomainException {
        assertTrue(Load.read(new ByteArrayInputStream(bytes), target) > 50);
    }

    @Test
    void movesADomainWhole() throws Exception {
        load(dump);
        assertEquals(List.of(), Fsck.check(target).damages());
        assertArrayEquals(dump, dump(target));
        Map<String, String> expected = tree(source);
        assertEquals(16, expected.size(), expected.keySet().toString());
        assertEquals(expected, tree(target));
        assertTrue(blocks(target) < 2_000_000, blocks(target) + " bytes of disk");
    }

    @Test
    void isSmallForSparseFiles() {
        assertTrue(dump.length < 600_000, dump.length + " bytes");
    }

    @Test
    void loadsIntoAnEmptyDirectoryAndNoOther() throws Exception {
        Files.createDirectory(target);
        load(dump);
        DomainException refusal = assertThrows(DomainException.class, () -> load(dump));
        assertTrue(refusal.toString().contains("not empty"), refusal.getMessage());
        assertEquals(List.of(), Fsck.check(target).damages());
    }

    @Test
    void refusesInputThatEndsEarlyAndLeavesNothing() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 8; i++) {
            assertRefused(Arrays.copyOf(dump, i == 0 ? 0 : i == 1 ? dump.length - 1 : random.nextInt(dump.length)));
        }
    }

    @Test
    void refusesDamagedInputAndLeavesNothing() throws Exception {
        Random random = new Random(6);
        for (int i = 0; i < 8; i++) {
            byte[] damaged = dump.clone();
            damaged[random.nextInt(dump.length)] ^= 0x20;
            assertRefused(damaged);
        }
        assertRefused("something else".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    private void assertRefused(byte[] bytes) throws Exception {
        DomainException refusal =
                assertThrows(DomainException.class, () -> Load.read(new ByteArrayInputStream(bytes), target));
        assertTrue(refusal.toString().contains("nothing was loaded"), refusal.getMessage());
        assertFalse(refusal.toString().contains("\n"), refusal.getMessage());
        assertFalse(Files.exists(target));
    }

    @Test
    void leavesADomainAloneThatIsBeingMadeThere() throws Exception {
        byte[] format = Files.readAllBytes(source.resolve("FORMAT"));
        try (Offline other = Offline.create(target, format)) {
            String before = Arrays.toString(Files.readAllBytes(target.resolve("FORMAT.new")));
            DomainException refusal = assertThrows(DomainException.class, () -> load(dump));
            assertTrue(refusal.toString().contains("not empty"), refusal.getMessage());
            assertEquals(before, Arrays.toString(Files.readAllBytes(target.resolve("FORMAT.new"))));
            other.finish();
        }
        assertTrue(Files.exists(target.resolve("meta/CURRENT")));
    }

    @Test
    void leavesTheLockOfAnotherAlone() throws Exception {
        Files.createDirectory(target);
        try (FileChannel lock =
                        FileChannel.open(target.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.lock()) {
            DomainException refusal = assertThrows(DomainException.class, () -> load(dump));
            assertTrue(held.isValid());
            assertTrue(refusal.toString().contains("another program"), refusal.getMessage());
            assertEquals(
                    List.of("lock"),
                    List.of(Objects.requireNonNull(target.toFile().list())));
        }
        load(dump);
    }

    @Test
    void saysWhyItCannotLoadThere() throws Exception {
        Path missing = temporary.resolve("no/where");
        DomainException refusal =
                assertThrows(DomainException.class, () -> Load.read(new ByteArrayInputStream(dump), missing));
        assertTrue(refusal.toString().contains("create it first"), refusal.getMessage());
        Files.createFile(target);
        refusal = assertThrows(DomainException.class, () -> load(dump));
        assertTrue(refusal.toString().contains("not a directory"), refusal.getMessage());
    }

    @Test
    void letsNobodyElseReadWhatItLoads() throws Exception {
        load(dump);
        for (String directory : List.of("meta", "data", "data/00")) {
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(target.resolve(directory))));
        }
        try (Stream<Path> files = Files.walk(target.resolve("data"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
    }

    @Test
    void refusesADomainInUse() throws Exception {
        try (Offline other = Offline.open(source, Offline.Mode.READ)) {
            DomainException refusal = assertThrows(DomainException.class, () -> dump(other.path()));
            assertTrue(refusal.toString().contains("is using"), refusal.getMessage());
        }
    }

    private static long blocks(Path directory) throws Exception {
        Process du = new ProcessBuilder(
                        "du", "-s", "--block-size=1", directory.resolve("data").toString())
                .start();
        String text = new String(du.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
        assertEquals(0, du.waitFor());
        return Long.parseLong(text.substring(0, text.indexOf('\t'))) - 257 * 4096L;
    }

    /** Everything in a domain, as text. */
    private static Map<String, String> tree(Path directory) throws Exception {
        TreeMap<String, String> tree = new TreeMap<>();
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = RocksDomain.open(new Prefix("/full"), directory, DomainOptions.with(cache))) {
            collect(domain, domain.root(), "", tree);
            tree.put(
                    "",
                    domain.uuid() + " " + domain.number() + " " + domain.epoch() + " " + domain.clients()
                            + domain.orphans() + domain.attributes(domain.root())
                            + (domain.keptReply(new ReplyKey(3, 1, 2)) != null));
        }
        return tree;
    }

    private static void collect(RocksDomain domain, FileId at, String prefix, Map<String, String> tree)
            throws Exception {
        for (Entry entry : domain.list(at, null, 1000)) {
            Attributes a = domain.attributes(entry.file());
            StringBuilder text = new StringBuilder(a.toString());
            for (String name : domain.xattrs(entry.file())) {
                text.append(name).append(Arrays.hashCode(domain.xattr(entry.file(), name)));
            }
            if (a.type() == FileType.SYMLINK) {
                text.append(Arrays.toString(domain.readLink(entry.file())));
            } else if (a.isRegular()) {
                text.append(hash(domain, a));
            }
            tree.put(prefix + "/" + entry.name(), text.toString());
            if (a.isDirectory()) {
                collect(domain, entry.file(), prefix + "/" + entry.name(), tree);
            }
        }
    }

    private static int hash(RocksDomain domain, Attributes a) throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(a.size() + 1);
            assertEquals(a.size(), domain.read(a.file(), 0, into));
            return Arrays.hashCode(into.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void leavesNothingInADirectoryThatWasThere() throws Exception {
        Files.createDirectory(target);
        assertThrows(
                DomainException.class, () -> Load.read(new ByteArrayInputStream(dump, 0, dump.length / 2), target));
        try (Stream<Path> list = Files.list(target)) {
            assertEquals(0, list.count());
        }
    }
}
