package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.wire.StatFs;

/** What is sent is laid out as a C compiler would, whatever lay there before. */
final class OutTest {
    private static final FileId FILE = new FileId(1, 2);
    private static final long VALID_NANOS = 7_500_000_000L;
    private static final long AT = 64;

    private static final Attributes ATTRIBUTES = new Attributes(
            FILE,
            FileType.REGULAR,
            0644,
            2,
            1000,
            1001,
            0x812,
            0x1122334455L,
            9 * 512 - 1,
            new FileTime(1, 11),
            new FileTime(-2, 500_000_000),
            new FileTime(3, 33),
            new FileTime(4, 44),
            1,
            false,
            null,
            null);

    private final MemorySegment memory =
            Arena.ofAuto().allocate(1024, Long.BYTES).fill((byte) 0xEE);

    private void assertGolden(String name, long bytes) {
        Golden.assertBytes(name, memory, AT);
        assertEquals(Golden.length(name), bytes, name);
        assertEquals((byte) 0xEE, memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, AT + bytes), "too much");
    }

    @Test
    void headers() {
        Out.Header.put(memory, AT, 0x1234, -2, 0x1122334455667788L);
        assertGolden("header", Out.Header.BYTES);
    }

    @Test
    void attributes() {
        Out.AttrReply.put(memory, AT, ATTRIBUTES, VALID_NANOS);
        assertGolden("attr_out", Out.AttrReply.BYTES);
    }

    @Test
    void attributesWithTheTimeOfBirth() {
        Out.StatxReply.put(memory, AT, ATTRIBUTES, VALID_NANOS);
        assertGolden("statx_out", Out.StatxReply.BYTES);
    }

    @Test
    void entries() {
        Out.Entry.put(memory, AT, FILE.statInode(), ATTRIBUTES, VALID_NANOS);
        assertGolden("entry_out", Out.Entry.BYTES);
    }

    @Test
    void absence() {
        Out.Entry.putAbsent(memory, AT, VALID_NANOS);
        assertGolden("absent", Out.Entry.BYTES);
    }

    @Test
    void opens() {
        Out.Open.put(memory, AT, 5, Out.Open.DIRECT_IO | Out.Open.PARALLEL_DIRECT_WRITES);
        assertGolden("open_out", Out.Open.BYTES);
        assertEquals(5, Out.Open.handle(memory, AT));
    }

    @Test
    void counts() {
        Out.Write.put(memory, AT, 4096);
        assertGolden("write_out", Out.Write.BYTES);
        Out.Lseek.put(memory, AT, 0x1122334455L);
        assertGolden("lseek_out", Out.Lseek.BYTES);
        Out.Getxattr.put(memory, AT, 77);
        assertGolden("getxattr_out", Out.Getxattr.BYTES);
    }

    @Test
    void fullness() {
        Out.Statfs.put(memory, AT, new StatFs(4096, 1, 2, 3, 4, 5, 255));
        assertGolden("statfs_out", Out.Statfs.BYTES);
    }

    @Test
    void locks() {
        Out.Lock.put(memory, AT, 10, Long.MAX_VALUE, 1, 42);
        assertGolden("lk_out", Out.Lock.BYTES);
    }

    @Test
    void directoryEntries() {
        String name = "h\u00e4llo";
        Out.DirectoryEntry.put(memory, AT, FILE.statInode(), 3, FileType.REGULAR.modeBits(), name);
        assertGolden("dirent", Out.DirectoryEntry.bytes(name));
    }

    @Test
    void directoryEntriesWithAttributes() {
        String name = "h\u00e4llo";
        Out.Entry.put(memory, AT, FILE.statInode(), ATTRIBUTES, 3_250_000_000L, VALID_NANOS);
        Out.DirectoryEntry.put(memory, AT + Out.Entry.BYTES, FILE.statInode(), 3, FileType.REGULAR.modeBits(), name);
        assertGolden("direntplus", Out.Entry.BYTES + Out.DirectoryEntry.bytes(name));
    }

    @Test
    void negotiationsOfWhatIsInTheSecondFlags() {
        long asyncReadMaxPagesAndInitExt = 1 | 1L << 22 | 1L << 30;
        long directIoAllowMmap = 1L << 36;
        Out.Init.put(memory, AT, new Negotiation(45, 1 << 17, asyncReadMaxPagesAndInitExt | directIoAllowMmap));
        assertGolden("init_out_flags2", Out.Init.BYTES);
    }

    @Test
    void negotiations() {
        long asyncReadMaxPagesAndInitExt = 1 | 1L << 22 | 1L << 30;
        Out.Init.put(memory, AT, new Negotiation(38, 1 << 17, asyncReadMaxPagesAndInitExt));
        assertGolden("init_out", Out.Init.BYTES);
    }
}
