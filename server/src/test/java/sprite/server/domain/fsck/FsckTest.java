package sprite.server.domain.fsck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.ReplyKey;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.RocksDomain;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/** Every kind of damage is found, explained and repaired, and nothing else is taken for damage. */
class FsckTest {
    @TempDir
    Path temporary;

    private Path directory;
    private Map<String, Long> inodes;

    @BeforeEach
    void make() throws Exception {
        directory = temporary.resolve("domain");
        inodes = FullDomain.make(directory);
    }

    @Test
    void findsNothingInADomainWithEverything() throws Exception {
        Report report = Fsck.check(directory);
        assertEquals(List.of(), report.damages());
        assertEquals(1, report.notes().size(), report.notes().toString());
        assertTrue(
                report.notes().getFirst().contains("kept for a program"),
                report.notes().toString());
        assertEquals(16, report.files());
        assertEquals(List.of(), Fsck.repair(directory).damages());
        assertEquals(List.of(), Fsck.check(directory).damages());
    }

    @Test
    void refusesADomainInUseAndWhatIsNone() throws Exception {
        DomainException none = assertThrows(DomainException.class, () -> Fsck.check(temporary));
        assertTrue(none.toString().contains("holds no domain"), none.toString());
        try (Offline other = Offline.open(directory, Offline.Mode.READ)) {
            assertNotNull(other.title());
            DomainException used = assertThrows(DomainException.class, () -> Fsck.repair(directory));
            assertTrue(used.toString().contains("is using"), used.toString());
        }
    }

    /** Does damage to a domain. */
    private interface Planting {
        void plant(FsckTest test, Offline domain) throws Exception;
    }

    private static final Map<String, Planting> PLANTINGS = plantings();

    private static Map<String, Planting> plantings() {
        Map<String, Planting> all = new LinkedHashMap<>();
        all.put(
                "name without inode",
                (test, d) -> d.put(Table.ENTRIES, Keys.entry(test.of("/dir"), name("ghost")), entryTo(60_000, 1)));
        all.put("no root", (_, d) -> d.delete(Table.INODES, Keys.ofLong(FileId.ROOT_INODE)));
        all.put("entries of nothing", (test, d) -> {
            d.delete(Table.INODES, Keys.ofLong(test.of("/dir/sub")));
            d.delete(Table.ENTRIES, Keys.entry(test.of("/dir"), name("sub")));
        });
        all.put(
                "entries of a file",
                (test, d) -> d.put(
                        Table.ENTRIES, Keys.entry(test.of("/small"), name("below")), entryTo(test.of("/empty"), 1)));
        all.put(
                "type of a name",
                (test, d) -> d.put(
                        Table.ENTRIES, Keys.entry(FileId.ROOT_INODE, name("fifo")), entryTo(test.of("/fifo"), 1)));
        all.put(
                "second name of a directory",
                (test, d) -> d.put(
                        Table.ENTRIES, Keys.entry(FileId.ROOT_INODE, name("again")), entryTo(test.of("/dir/sub"), 2)));
        all.put("loop", (test, d) -> {
            d.delete(Table.ENTRIES, Keys.entry(test.of("/dir"), name("sub")));
            d.put(Table.ENTRIES, Keys.entry(test.of("/dir/sub/deep"), name("sub")), entryTo(test.of("/dir/sub"), 2));
        });
        all.put("parent", (test, d) -> test.edit(d, "/dir/sub/deep", inode -> inode.withParent(test.of("/dir"))));
        all.put("version", (test, d) -> test.edit(d, "/small", inode -> inode.withVersion(-3)));
        all.put("mark of an orphan", (test, d) -> d.put(Table.ORPHANS, Keys.ofLong(test.of("/small")), new byte[0]));
        all.put(
                "inode without name",
                (test, d) -> d.delete(Table.ENTRIES, Keys.entry(FileId.ROOT_INODE, name("small"))));
        all.put(
                "link count",
                (test, d) -> test.edit(
                        d,
                        "/dir/large",
                        inode -> inode.withLinks(7, inode.attributes().changed())));
        all.put("entry count", (test, d) -> test.edit(d, "/dir", inode -> inode.withEntryCount(9)));
        all.put("small data of nothing", (_, d) -> d.put(Table.INLINE, Keys.ofLong(61_000), new byte[] {1, 2, 3}));
        all.put("size", (test, d) -> test.edit(d, "/dir/large", inode -> inode.withData(100_000, 100_000, null)));
        all.put("no data", (test, _) -> Files.delete(test.dataFile("/sparse")));
        all.put(
                "data file without inode",
                (_, d) -> Files.write(DataFiles.pathOf(d.data(), 62_000), new byte[] {9, 9}));
        all.put(
                "unreadable record",
                (test, d) -> d.put(Table.INODES, Keys.ofLong(test.of("/dir/large")), new byte[] {5, 5}));
        all.put("checksum of nothing", (_, d) -> d.put(Table.CHECKSUMS, Keys.block(63_000, 5), new byte[4]));
        all.put("checksum", (test, _) -> {
            try (FileChannel file = FileChannel.open(test.dataFile("/dir/large"), StandardOpenOption.WRITE)) {
                assertEquals(1, file.write(ByteBuffer.wrap(new byte[] {77}), 140_000));
            }
        });
        all.put("attribute of nothing", (_, d) -> d.put(Table.XATTRS, Keys.xattr(64_000, "user.lost"), new byte[] {1}));
        all.put(
                "attributes",
                (test, d) -> test.edit(
                        d,
                        "/dir",
                        inode -> inode.withXattrs(false, inode.attributes().changed())));
        all.put("count of files", (_, d) -> d.put(Table.INFO, Keys.FILES, Keys.ofLong(5)));
        all.put("count of inode numbers", (_, d) -> d.put(Table.INFO, Keys.INODE_LIMIT, Keys.ofLong(4)));
        all.put("client", (_, d) -> d.put(Table.INFO, Arrays.copyOf(Keys.client(7), 12), new byte[0]));
        all.put("epoch", (_, d) -> d.put(Table.INFO, Keys.EPOCH, new byte[] {1, 2, 3}));
        all.put("mark of a client", (_, d) -> d.put(Table.INFO, Keys.client(9), new byte[] {2}));
        all.put("kept reply", (_, d) -> d.put(Table.REPLIES, new byte[] {1, 2}, new byte[] {3}));
        return all;
    }

    static Stream<String> kinds() {
        return PLANTINGS.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void findsExplainsAndRepairs(String kind) throws Exception {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            Objects.requireNonNull(PLANTINGS.get(kind)).plant(this, domain);
        }
        Report found = Fsck.check(directory);
        Damage damage = found.damages().stream()
                .filter(one -> one.kind().equals(kind))
                .findFirst()
                .orElseThrow(() -> new AssertionError(found.damages().toString()));
        assertFalse(damage.sentence().contains("\n"), damage.sentence());
        if (damage.inode() != 0) {
            boolean tells = damage.sentence().contains(Long.toString(damage.inode()))
                    || damage.path().equals("/");
            assertTrue(tells, damage.sentence());
        }
        assertEquals(found.damages(), Fsck.check(directory).damages(), "a check changes nothing");
        Report repaired = Fsck.repair(directory);
        assertEquals(found.damages(), repaired.damages());
        assertEquals(List.of(), repaired.left());
        assertEquals(List.of(), Fsck.check(directory).damages());
        assertUsable(kind);
    }

    /** As they may lie in a list of clients: too short, too long, of nobody, with a word that nobody knows. */
    private static List<Map.Entry<byte[], byte[]>> brokenClients() {
        return List.of(
                Map.entry("client ".getBytes(StandardCharsets.US_ASCII), new byte[0]),
                Map.entry(Arrays.copyOf(Keys.client(-1), 11), new byte[0]),
                Map.entry(Arrays.copyOf(Keys.client(8), 20), new byte[0]),
                Map.entry(Keys.client(0), new byte[0]),
                Map.entry(Keys.client(9), new byte[] {2}));
    }

    @Test
    void refusesToServeWithoutKnowingItsClientsUntilItIsTold() throws Exception {
        for (Map.Entry<byte[], byte[]> record : brokenClients()) {
            String which = HexFormat.of().formatHex(record.getKey());
            try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
                domain.put(Table.INFO, record.getKey(), record.getValue());
            }
            Map<String, String> before = info();
            try (BlockCache cache = new BlockCache(8 << 20)) {
                DomainException refusal = assertThrows(DomainException.class, () -> open(cache), which);
                String text = String.valueOf(refusal.getMessage());
                assertTrue(text.contains("list of clients") && text.contains("fsck " + directory), text);
            }
            assertEquals(before, info(), which);
            assertEquals(1, Fsck.check(directory).damages().size(), which);
            assertEquals(before, info(), which);
            assertEquals(List.of(), Fsck.repair(directory).left(), which);
            try (BlockCache cache = new BlockCache(8 << 20);
                    RocksDomain domain = open(cache)) {
                boolean named = Arrays.equals(record.getKey(), Keys.client(9));
                assertEquals(named ? List.of(3L, 9L) : List.of(3L), domain.clients(), which);
                assertEquals(named ? List.of(9L) : List.of(), domain.storingClients(), "the cautious guess");
            }
        }
    }

    @Test
    void refusesToServeWithNumbersThatCannotBeReadUntilTheyAreRepaired() throws Exception {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            domain.put(Table.REPLIES, Keys.reply(new ReplyKey(3, 77L << 32, 1)), new byte[] {1});
        }
        for (byte[] key : List.of(Keys.EPOCH, Keys.FILES, Keys.INODE_LIMIT)) {
            String which = new String(key, StandardCharsets.US_ASCII);
            for (int bytes : List.of(3, 9)) {
                try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
                    domain.put(Table.INFO, key, new byte[bytes]);
                }
                try (BlockCache cache = new BlockCache(8 << 20)) {
                    DomainException refusal = assertThrows(DomainException.class, () -> open(cache), which);
                    String text = String.valueOf(refusal.getMessage());
                    assertTrue(text.contains("'" + which + "'") && text.contains("run spritefs fsck"), text);
                }
                assertEquals(1, Fsck.check(directory).damages().size(), which);
                assertEquals(List.of(), Fsck.repair(directory).left(), which);
                try (BlockCache cache = new BlockCache(8 << 20);
                        RocksDomain domain = open(cache)) {
                    assertTrue(domain.epoch() > 77, "clients remember epochs");
                }
            }
        }
    }

    private Map<String, String> info() throws Exception {
        Map<String, String> pairs = new TreeMap<>();
        try (Offline domain = Offline.open(directory, Offline.Mode.READ)) {
            domain.scan(
                    Table.INFO,
                    (key, value) -> pairs.put(
                            HexFormat.of().formatHex(key), HexFormat.of().formatHex(value)));
        }
        return pairs;
    }

    @Test
    void keepsTheDataOfWhatLostItsName() throws Exception {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            domain.delete(Table.ENTRIES, Keys.entry(of("/dir"), name("large")));
            domain.delete(Table.ENTRIES, Keys.entry(of("/dir/sub"), name("linked")));
            domain.delete(Table.INODES, Keys.ofLong(of("/dir/large")));
        }
        assertFalse(Fsck.check(directory).isClean());
        assertEquals(List.of(), Fsck.repair(directory).left());
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = open(cache)) {
            FileId lost = find(domain, domain.root(), "lost+found");
            List<Entry> kept = domain.list(lost, null, 10);
            assertEquals(1, kept.size(), kept.toString());
            assertArrayEquals(FullDomain.large(), read(domain, kept.getFirst().file()));
        }
    }

    /** What a start of the server would do with the data of an inode that is gone. */
    enum LeftOver {
        BY_A_CRASH,
        MARKED,
        BY_A_CRASH_AND_MARKED
    }

    @ParameterizedTest
    @EnumSource
    void keepsTheDataOfAnUnreadableInodeFromTheNextStart(LeftOver how) throws Exception {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            if (how != LeftOver.MARKED) {
                domain.put(Table.INFO, Keys.BOOT, "another life".getBytes(StandardCharsets.UTF_8));
            }
            if (how != LeftOver.BY_A_CRASH) {
                domain.put(Table.UNSETTLED, Keys.ofLong(of("/dir/large")), new byte[0]);
            }
            domain.put(Table.INODES, Keys.ofLong(of("/dir/large")), new byte[] {5, 5});
        }
        assertEquals(List.of(), Fsck.repair(directory).left());
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = open(cache)) {
            FileId lost = find(domain, domain.root(), "lost+found");
            FileId kept = find(domain, lost, "data-of-" + of("/dir/large"));
            assertArrayEquals(FullDomain.large(), read(domain, kept));
        }
        assertEquals(List.of(), Fsck.check(directory).damages());
    }

    @Test
    void leavesDataOfACrashToTheNextStartWhichPutsItAside() throws Exception {
        byte[] data = {7, 7, 7};
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            domain.put(Table.INFO, Keys.BOOT, "another life".getBytes(StandardCharsets.UTF_8));
            Files.write(DataFiles.pathOf(domain.data(), 62_000), data);
            Files.createFile(DataFiles.pathOf(domain.data(), 62_001));
        }
        Report report = Fsck.repair(directory);
        assertEquals(List.of(), report.damages());
        assertTrue(
                report.notes().toString().contains("2 data files"),
                report.notes().toString());
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = open(cache)) {
            assertTrue(domain.space().files() >= 16);
        }
        Path aside = directory.resolve("data").resolve(DataFiles.LOST);
        assertArrayEquals(data, Files.readAllBytes(aside.resolve("62000")));
        assertFalse(Files.exists(aside.resolve("62001")), "nothing is lost with an empty file");
        assertFalse(Files.exists(DataFiles.pathOf(directory.resolve("data"), 62_000)));
        Report after = Fsck.check(directory);
        assertEquals(List.of(), after.damages());
        assertTrue(
                after.notes().toString().contains(aside.toString()),
                after.notes().toString());
    }

    @Test
    void keepsALongTailWithoutItsHoles() throws Exception {
        long size = FullDomain.LARGE;
        long end = (1L << 30) + 500_000_000;
        try (FileChannel file = FileChannel.open(dataFile("/dir/large"), StandardOpenOption.WRITE)) {
            assertEquals(3, file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), size));
            assertEquals(1, file.write(ByteBuffer.wrap(new byte[] {9}), end - 1));
        }
        assertEquals(List.of(), Fsck.repair(directory).left());
        assertEquals(size, Files.size(dataFile("/dir/large")));
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = open(cache)) {
            FileId lost = find(domain, domain.root(), "lost+found");
            FileId tail = domain.list(lost, null, 10).getFirst().file();
            assertEquals(end - size, domain.attributes(tail).size());
            assertArrayEquals(new byte[] {1, 2, 3, 0}, Arrays.copyOf(read(domain, tail), 4));
            Path kept = DataFiles.pathOf(directory.resolve("data"), tail.inode());
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(kept),
                    "as the server's");
            try (FileChannel file = FileChannel.open(kept)) {
                ByteBuffer last = ByteBuffer.allocate(1);
                assertEquals(1, file.read(last, end - size - 1));
                assertEquals(9, last.get(0));
            }
        }
    }

    @Test
    void takesNoNumbersOfGarbage() throws Exception {
        long garbage = FileId.INODE_MAX - 5;
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            domain.put(Table.ENTRIES, Keys.entry(of("/dir"), name("ghost")), entryTo(garbage, 1));
            domain.put(Table.ENTRIES, Keys.entry(garbage, name("inside")), entryTo(of("/empty"), 1));
            domain.put(Table.ENTRIES, Keys.entry(-3, name("below")), entryTo(of("/empty"), 1));
            domain.put(Table.ENTRIES, Keys.entry(FileId.INODE_MAX + 1, name("above")), entryTo(of("/empty"), 1));
            domain.put(Table.ENTRIES, Keys.entry(of("/dir"), name("beyond")), entryTo(FileId.INODE_MAX + 1, 1));
        }
        assertEquals(List.of(), Fsck.repair(directory).left());
        try (Offline domain = Offline.open(directory, Offline.Mode.READ)) {
            byte[] limit = Objects.requireNonNull(domain.get(Table.INFO, Keys.INODE_LIMIT));
            assertTrue(Keys.toLong(limit) < 1_000_000, "numbers up to " + Keys.toLong(limit) + " are used up");
        }
    }

    @Test
    void repairsManyDamagesAtOnce() throws Exception {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            for (Map.Entry<String, Planting> planting : PLANTINGS.entrySet()) {
                if (!planting.getKey().equals("loop") && !planting.getKey().equals("unreadable record")) {
                    if (domain.get(Table.INODES, Keys.ofLong(of("/dir/sub"))) != null
                            || !planting.getKey().equals("parent")) {
                        planting.getValue().plant(this, domain);
                    }
                }
            }
        }
        assertTrue(Fsck.check(directory).damages().size() >= 20);
        assertEquals(List.of(), Fsck.repair(directory).left());
        assertEquals(List.of(), Fsck.check(directory).damages());
    }

    private void assertUsable(String kind) throws Exception {
        try (BlockCache cache = new BlockCache(8 << 20);
                RocksDomain domain = open(cache)) {
            if (!kind.equals("size") && !kind.equals("checksum") && !kind.equals("unreadable record")) {
                FileId large = find(domain, find(domain, domain.root(), "dir"), "large");
                assertArrayEquals(FullDomain.large(), read(domain, large));
            }
            FileId again = new FileId(domain.number(), FileId.ROOT_INODE);
            assertEquals(domain.root(), again);
            assertTrue(domain.space().files() >= 16);
        }
        assertEquals(List.of(), Fsck.check(directory).damages());
    }

    private RocksDomain open(BlockCache cache) throws DomainException {
        return RocksDomain.open(new Prefix("/full"), directory, DomainOptions.with(cache));
    }

    private static FileId find(RocksDomain domain, FileId in, String name) throws Exception {
        return Objects.requireNonNull(domain.lookup(in, name(name)), name).file();
    }

    private static byte[] read(RocksDomain domain, FileId file) throws Exception {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(FullDomain.LARGE + 10);
            int count = domain.read(file, 0, into);
            return into.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private long of(String path) {
        return Objects.requireNonNull(inodes.get(path), path);
    }

    private Path dataFile(String path) {
        return DataFiles.pathOf(directory.resolve("data"), of(path));
    }

    private void edit(Offline domain, String path, UnaryOperator<Inode> change) throws Exception {
        byte[] key = Keys.ofLong(of(path));
        byte[] record = Objects.requireNonNull(domain.get(Table.INODES, key));
        Inode before = InodeCodec.decode(domain.fileId(of(path)), record);
        assertTrue(before.storage() != Storage.INLINE || before.attributes().isRegular());
        domain.put(Table.INODES, key, InodeCodec.encode(change.apply(before)));
    }

    private static FileName name(String text) {
        return FileName.ofText(text);
    }

    private static byte[] entryTo(long inode, int type) {
        return ByteBuffer.allocate(9).putLong(inode).put((byte) type).array();
    }
}
