package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.server.domain.store.Fixture.assertRefused;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.server.domain.Keeping;
import sprite.server.domain.ReplyKey;

/** What is written is read. */
class DataTest {
    private static final int BLOCK = 65_536;

    @TempDir
    Path directory;

    private Fixture f;
    private FileId file;

    @BeforeEach
    void open() throws Exception {
        f = new Fixture(directory.resolve("domain"));
        file = f.file(f.root(), "file");
    }

    @AfterEach
    void close() {
        f.close();
    }

    private static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private Path dataFile() {
        return directory
                .resolve("domain/data")
                .resolve(String.format("%02x", file.inode() % 256))
                .resolve(Long.toString(file.inode()));
    }

    @Test
    void keepsSmallFilesInTheMetadata() throws Exception {
        byte[] data = bytes(1, 16_384);
        assertEquals(16_384, f.write(file, 0, data).size());
        assertArrayEquals(data, f.read(file, 0, 20_000));
        assertFalse(Files.exists(dataFile()));
        f.reopen();
        assertArrayEquals(data, f.read(file, 0, 20_000));
        assertEquals(16_384, f.attributes(file).allocated());
    }

    private long seek(long offset, boolean hole) throws Exception {
        return f.domain().seek(file, offset, hole);
    }

    @Test
    void findsHolesWhereverTheDataLies() throws Exception {
        assertEquals(-1, seek(0, true)); // empty
        f.truncate(file, 10_000);
        assertEquals(0, seek(0, true));
        assertEquals(-1, seek(0, false));
        f.write(file, 0, bytes(1, 1_000)); // in the metadata
        assertEquals(1_000, seek(0, true));
        assertEquals(5_000, seek(5_000, true));
        assertEquals(999, seek(999, false));
        assertEquals(-1, seek(1_000, false));
        f.write(file, 16L * BLOCK, bytes(2, 5_000)); // in a file
        f.truncate(file, 32L * BLOCK);
        assertEquals(0, seek(0, false));
        long end = seek(0, true);
        assertTrue(end >= 1_000 && end <= BLOCK, end + "");
        assertEquals(16L * BLOCK, seek(BLOCK, false));
        end = seek(16L * BLOCK, true);
        assertTrue(end >= 16L * BLOCK + 5_000 && end <= 17L * BLOCK, end + "");
        assertEquals(-1, seek(17L * BLOCK, false));
        assertEquals(17L * BLOCK, seek(17L * BLOCK, true));
        f.write(file, 32L * BLOCK - 1, new byte[] {1});
        assertEquals(32L * BLOCK, seek(32L * BLOCK - 1, true));
        for (long outside : new long[] {-1, 32L * BLOCK, Long.MAX_VALUE}) {
            assertEquals(-1, seek(outside, true));
            assertEquals(-1, seek(outside, false));
        }
    }

    @Test
    void movesAGrowingFileIntoADataFile() throws Exception {
        byte[] small = bytes(1, 10_000);
        byte[] more = bytes(2, 10_000);
        f.write(file, 0, small);
        f.write(file, 10_000, more);
        assertTrue(Files.exists(dataFile()));
        f.reopen();
        assertArrayEquals(small, f.read(file, 0, 10_000));
        assertArrayEquals(more, f.read(file, 10_000, 10_000));
        assertEquals(20_000, f.attributes(file).size());
        assertTrue(
                f.attributes(file).allocated() >= 20_000,
                "" + f.attributes(file).allocated());
    }

    @Test
    void readsHolesAsZeros() throws Exception {
        f.write(file, 5_000_000, new byte[] {7});
        assertEquals(5_000_001, f.attributes(file).size());
        assertArrayEquals(new byte[100], f.read(file, 1_000_000, 100));
        assertArrayEquals(new byte[] {0, 7}, f.read(file, 4_999_999, 10));
        assertTrue(f.attributes(file).allocated() < 100_000);
    }

    @Test
    void readsNothingAtTheEnd() throws Exception {
        f.write(file, 0, new byte[10]);
        assertEquals(0, f.read(file, 10, 5).length);
        assertEquals(0, f.read(file, Long.MAX_VALUE, 5).length);
        assertEquals(3, f.read(file, 7, 5).length);
        assertEquals(0, f.read(file, 0, 0).length);
    }

    @Test
    void keepsCachedBlocksRightAcrossWritesAndTruncations() throws Exception {
        byte[] data = bytes(3, 3 * BLOCK + 100);
        f.write(file, 0, data);
        assertArrayEquals(data, f.read(file, 0, data.length));
        byte[] patch = bytes(4, BLOCK);
        f.write(file, BLOCK - 10, patch);
        System.arraycopy(patch, 0, data, BLOCK - 10, BLOCK);
        assertArrayEquals(data, f.read(file, 0, data.length));
        f.truncate(file, BLOCK + 50);
        f.truncate(file, 2 * BLOCK);
        byte[] expected = new byte[2 * BLOCK];
        System.arraycopy(data, 0, expected, 0, BLOCK + 50);
        assertArrayEquals(expected, f.read(file, 0, 3 * BLOCK));
        f.write(file, 2 * BLOCK + 5, new byte[] {9});
        assertArrayEquals(new byte[] {0, 0, 0, 0, 0, 9}, f.read(file, 2 * BLOCK, 10));
    }

    @Test
    void showsZerosAfterAFileWasCutAndGrewAgain() throws Exception {
        f.write(file, 0, bytes(5, 1_000));
        f.truncate(file, 10);
        f.truncate(file, 1_000);
        byte[] tail = f.read(file, 10, 990);
        assertArrayEquals(new byte[990], tail);
        f.write(file, 0, bytes(6, 100_000));
        f.truncate(file, 70_000);
        f.truncate(file, 100_000);
        assertArrayEquals(new byte[30_000], f.read(file, 70_000, 30_000));
    }

    @Test
    void freesTheDataFileAtSizeZero() throws Exception {
        f.write(file, 0, bytes(5, 100_000));
        f.truncate(file, 0);
        assertEquals(0, Files.size(dataFile()));
        assertEquals(0, f.attributes(file).allocated());
        f.write(file, 0, bytes(6, 100));
        f.reopen();
        assertFalse(Files.exists(dataFile()), "the data file stayed after it was durably empty");
        assertArrayEquals(bytes(6, 100), f.read(file, 0, 200));
    }

    @Test
    void allowsSizesUpToTheLimitAndNoFurther() throws Exception {
        f.truncate(file, Attributes.SIZE_MAX);
        assertEquals(Attributes.SIZE_MAX, f.attributes(file).size());
        assertArrayEquals(new byte[5], f.read(file, Attributes.SIZE_MAX - 5, 10));
        assertRefused(FsError.FILE_TOO_BIG, () -> f.truncate(file, Attributes.SIZE_MAX + 1));
        assertRefused(FsError.FILE_TOO_BIG, () -> f.write(file, Attributes.SIZE_MAX, new byte[1]));
        f.write(file, Attributes.SIZE_MAX - 1, new byte[] {7});
        assertArrayEquals(new byte[] {0, 7}, f.read(file, Attributes.SIZE_MAX - 2, 10));
        f.write(file, 100_000, new byte[] {1});
        assertEquals(Attributes.SIZE_MAX, f.attributes(file).size());
        f.truncate(file, 100_001);
        assertArrayEquals(new byte[] {0, 1}, f.read(file, 99_999, 10));
    }

    @Test
    void leavesTimesAloneInADelayedWrite() throws Exception {
        Attributes before = f.write(file, 0, new byte[100_000]);
        Attributes after = f.domain().write(file, 0, MemorySegment.ofArray(new byte[200_000]), null);
        assertEquals(before.modified(), after.modified());
        assertEquals(before.changed(), after.changed());
        FileTime at = new FileTime(5, 6);
        assertEquals(
                at,
                f.domain()
                        .write(file, 0, MemorySegment.ofArray(new byte[1]), at)
                        .modified());
        f.reopen();
        assertEquals(at, f.attributes(file).modified());
        assertEquals(before.changed(), f.attributes(file).changed(), "what arrives late is no later change");
    }

    @Test
    void allocatesPunchesAndZeroes() throws Exception {
        byte[] data = bytes(8, 4 * BLOCK);
        f.write(file, 0, data);
        f.read(file, 0, data.length);
        f.allocate(file, 3, 100, 2 * BLOCK);
        java.util.Arrays.fill(data, 100, 100 + 2 * BLOCK, (byte) 0);
        assertArrayEquals(data, f.read(file, 0, 5 * BLOCK));
        assertEquals(5 * BLOCK, f.allocate(file, 16, 4 * BLOCK - 10, BLOCK + 10).size());
        java.util.Arrays.fill(data, 4 * BLOCK - 10, 4 * BLOCK, (byte) 0);
        assertArrayEquals(java.util.Arrays.copyOf(data, 5 * BLOCK), f.read(file, 0, 6 * BLOCK));
        assertEquals(5 * BLOCK, f.allocate(file, 1, 0, 100 * BLOCK).size());
        assertTrue(f.attributes(file).allocated() >= 100 * BLOCK);
        assertEquals(101 * BLOCK, f.allocate(file, 0, 0, 101 * BLOCK).size());
        assertRefused(FsError.NOT_SUPPORTED, () -> f.allocate(file, 2, 0, 10));
        assertRefused(FsError.NOT_SUPPORTED, () -> f.allocate(file, 8, 0, 10));
        assertRefused(FsError.INVALID, () -> f.allocate(file, 0, 0, 0));
        assertRefused(FsError.FILE_TOO_BIG, () -> f.allocate(file, 0, Attributes.SIZE_MAX, 1));
        f.reopen();
        assertArrayEquals(java.util.Arrays.copyOf(data, 5 * BLOCK), f.read(file, 0, 5 * BLOCK));
    }

    @Test
    void detectsATornBlockAndOnlyThat() throws Exception {
        byte[] data = bytes(9, 4 * BLOCK);
        f.write(file, 0, data);
        f.close();
        flip(2 * BLOCK + 77);
        f = new Fixture(directory.resolve("domain"));
        assertArrayEquals(java.util.Arrays.copyOf(data, 2 * BLOCK), f.read(file, 0, 2 * BLOCK));
        assertRefused(FsError.CORRUPT, () -> f.read(file, 2 * BLOCK, 10));
        assertRefused(FsError.CORRUPT, () -> f.read(file, 2 * BLOCK - 1, 10));
        assertEquals(BLOCK, f.read(file, 3 * BLOCK, BLOCK).length);
    }

    @Test
    void trustsABlockAgainOnceItWasWritten() throws Exception {
        f.write(file, 0, bytes(9, 2 * BLOCK));
        f.reopen();
        byte[] fresh = bytes(10, BLOCK);
        f.write(file, 0, fresh);
        assertArrayEquals(fresh, f.read(file, 0, BLOCK));
        f.reopen();
        assertArrayEquals(fresh, f.read(file, 0, BLOCK));
        f.close();
        flip(5);
        f = new Fixture(directory.resolve("domain"));
        assertRefused(FsError.CORRUPT, () -> f.read(file, 0, 10));
    }

    private void flip(long at) throws IOException {
        try (FileChannel channel = FileChannel.open(dataFile(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            assertEquals(1, channel.read(one, at));
            one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
            assertEquals(1, channel.write(one, at));
        }
    }

    @Test
    void deletesDataWithTheLastName() throws Exception {
        f.write(file, 0, bytes(1, 100_000));
        f.read(file, 0, 100_000);
        f.remove(f.root(), "file");
        f.reopen();
        assertFalse(Files.exists(dataFile()));
        assertRefused(FsError.NOT_FOUND, () -> f.read(file, 0, 1));
        assertRefused(FsError.NOT_FOUND, () -> f.write(file, 0, new byte[1]));
    }

    @Test
    void refusesDataOfWhatIsNoRegularFile() {
        assertRefused(FsError.IS_DIRECTORY, () -> f.read(f.root(), 0, 1));
        assertRefused(FsError.IS_DIRECTORY, () -> f.write(f.root(), 0, new byte[1]));
        assertRefused(FsError.IS_DIRECTORY, () -> f.truncate(f.root(), 0));
    }

    @Test
    void keepsAReplyWithWhatIsWrittenWhereverItLies() throws Exception {
        FileId file = f.file(f.domain().root(), "kept");
        byte[] reply = {1, 2, 3};
        int[] sizes = {10, 10, 200_000, 200_000}; // inline, again, moved out, over it
        for (int i = 0; i < sizes.length; i++) {
            var keeping = new Keeping<Attributes>(ReplyKey.ofWrite(7, i), _ -> reply);
            f.domain().write(file, 0, MemorySegment.ofArray(new byte[sizes[i]]), null, keeping);
        }
        f.reopen();
        for (int i = 0; i < sizes.length; i++) {
            assertArrayEquals(reply, f.domain().keptReply(ReplyKey.ofWrite(7, i)));
        }
        assertNull(f.domain().keptReply(ReplyKey.of(7, 0)), "requests are numbered apart");
        f.domain().forgetReplies(ReplyKey.ofWrite(7, 2));
        assertNull(f.domain().keptReply(ReplyKey.ofWrite(7, 2)));
        assertArrayEquals(reply, f.domain().keptReply(ReplyKey.ofWrite(7, 3)));
    }
}
