package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.client.file.Waiting.until;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sprite.client.fs.Borrower;
import sprite.client.fs.Deadline;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.SetAttributes;

class FileCacheTest {
    private static final OpenFlags READ = new OpenFlags(true, false, false, false, false, false);
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);

    @TempDir
    Path lostAndFound;

    private final AtomicLong nanos = new AtomicLong(1);
    private final FakeServer server = new FakeServer();
    private FileCache cache;
    private long callbacks;

    @BeforeEach
    void make() {
        cache = cache(8 << 20);
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    private FileCache cache(long bytes) {
        return new FileCache(
                new FileCacheConfig(bytes, bytes / 2, Duration.ofSeconds(30), Duration.ZERO, 1 << 20, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                nanos::get);
    }

    private OpenFile open(OpenFlags flags) {
        return cache.opened(server, FakeServer.FILE, server.open(flags.write(), flags.truncate()), flags, cache.mark());
    }

    private void write(OpenFile file, long offset, String text) throws FsException {
        cache.write(file, offset, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), false);
    }

    private byte[] read(OpenFile file, long offset, int length) throws FsException {
        byte[] bytes = new byte[length];
        int count = cache.read(file, offset, MemorySegment.ofArray(bytes));
        return Arrays.copyOf(bytes, count);
    }

    private String text(OpenFile file) throws FsException {
        return new String(read(file, 0, 1 << 16), StandardCharsets.UTF_8);
    }

    private void recall(boolean invalidate) {
        recall(FakeServer.FILE, invalidate);
    }

    private void recall(FileId file, boolean invalidate) {
        long id = ++callbacks;
        cache.callback(
                server,
                Callback.newBuilder()
                        .setId(id)
                        .setFile(Wire.toWire(file))
                        .setWriteBack(true)
                        .setInvalidate(invalidate)
                        .build(),
                Borrower.FORGOTTEN);
        until(
                10,
                () -> server.count(
                                f -> f.hasCallbackDone() && f.getCallbackDone().getId() == id)
                        == 1);
    }

    private void laterScan(Duration later) {
        nanos.addAndGet(later.toNanos());
        cache.scan();
    }

    @Test
    void readsBackWhatWasWrittenWithoutTellingAnybody() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "hello");
        assertEquals("hello", text(file));
        assertEquals(0, server.writes());
    }

    @Test
    void writesBackWhatIsThirtySecondsOldAndSaysSo() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "hello");
        cache.release(file);
        assertTrue(server.sent().getLast().getClose().getDirty());
        assertEquals(5, server.sent().getLast().getClose().getReport().getSize());
        laterScan(Duration.ofSeconds(29));
        assertEquals(0, server.writes());
        laterScan(Duration.ofSeconds(2));
        until(10, () -> server.count(ClientFrame::hasWrittenBack) == 1);
        assertEquals("hello", new String(server.content(), StandardCharsets.UTF_8));
    }

    @Test
    void neverSendsATemporaryFile() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "temporary");
        cache.release(file);
        cache.removed(FakeServer.FILE, true);
        laterScan(Duration.ofSeconds(60));
        assertEquals(0, server.writes());
        assertEquals(9, cache.status().saved());
        assertEquals(0, cache.status().dirty());
    }

    @Test
    void aRecallBringsDirtyBlocksHomeAndThenEveryReadGoesToTheServer() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "mine");
        recall(true);
        assertEquals("mine", new String(server.content(), StandardCharsets.UTF_8));
        server.foreignWrite(0, "your".getBytes(StandardCharsets.UTF_8));
        assertEquals("your", text(file));
        write(file, 0, "ours");
        assertEquals("ours", new String(server.content(), StandardCharsets.UTF_8));
        assertEquals(0, server.count(ClientFrame::hasClose));
    }

    @Test
    void aCallbackForAnUnknownFileIsAnswered() {
        recall(true);
        assertEquals(1, server.count(ClientFrame::hasCallbackAck));
    }

    @Test
    void aFlushedHandleIsClosedEarlyAndOpenedAgainAtItsNextUse() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "mine");
        cache.flush(file);
        recall(true);
        assertEquals(1, server.count(ClientFrame::hasClose));
        assertTrue(server.sent().stream()
                .filter(ClientFrame::hasClose)
                .allMatch(f -> f.getClose().getReport().getPresent()));
        write(file, 4, "!");
        assertEquals(1, server.count(ClientFrame::hasOpen));
        assertEquals("mine!", text(file));
        cache.release(file);
        assertEquals(2, server.count(ClientFrame::hasClose));
    }

    @Test
    void aHandleReleasedWhileDetachedSendsNothing() throws FsException {
        OpenFile file = open(READ);
        cache.flush(file);
        recall(true);
        cache.release(file);
        assertEquals(1, server.count(ClientFrame::hasClose));
    }

    @Test
    void aSecondOpenMayMakeAllHandlesCacheAgain() throws FsException {
        OpenFile first = open(WRITE);
        recall(true);
        OpenFile second = open(READ);
        write(first, 0, "late");
        assertEquals(0, server.writes());
        assertEquals("late", text(second));
    }

    @Test
    void dropsBlocksOfAnOlderVersion() throws FsException {
        server.setContent("old".getBytes(StandardCharsets.UTF_8));
        OpenFile file = open(READ);
        assertEquals("old", text(file));
        cache.release(file);
        server.foreignWrite(0, "new".getBytes(StandardCharsets.UTF_8));
        assertEquals("new", text(open(READ)));
    }

    @Test
    void appendsAtItsOwnEnd() throws FsException {
        OpenFile file = open(WRITE);
        for (String word : new String[] {"a", "b", "c"}) {
            cache.write(file, 0, MemorySegment.ofArray(word.getBytes(StandardCharsets.UTF_8)), true);
        }
        assertEquals("abc", text(file));
    }

    @Test
    void fetchesABlockThatIsWrittenInPieces() throws FsException {
        byte[] content = new byte[70_000];
        new Random(1).nextBytes(content);
        server.setContent(content);
        OpenFile file = open(WRITE);
        write(file, 10, "x");
        write(file, 30_000, "y");
        content[10] = 'x';
        content[30_000] = 'y';
        byte[] got = new byte[70_000];
        int at = 0;
        while (at < got.length) {
            byte[] part = read(file, at, got.length - at);
            System.arraycopy(part, 0, got, at, part.length);
            at += part.length;
        }
        assertArrayEquals(content, got);
    }

    private void truncate(int size) throws FsException {
        cache.truncate(
                server,
                FakeServer.FILE,
                SetAttributes.newBuilder()
                        .setFile(Wire.toWire(FakeServer.FILE))
                        .setSetSize(true)
                        .setSize(size),
                _ -> {});
    }

    @Test
    void truncatesAndGrowsWithZeros() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "abcdef");
        truncate(2);
        write(file, 4, "z");
        assertEquals("ab\0\0z", text(file));
        cache.fsync(file, false);
        assertEquals("ab\0\0z", new String(server.content(), StandardCharsets.UTF_8));
        assertEquals(1, server.count(ClientFrame::hasCommit));
    }

    @Test
    void truncatesOnlyWhenACloseWithTheSizeFromBeforeIsOnItsWay() throws Exception {
        OpenFile file = open(WRITE);
        write(file, 0, "abcdef");
        CountDownLatch closing = new CountDownLatch(1);
        CountDownLatch mayClose = new CountDownLatch(1);
        server.beforeSend = frame -> {
            if (frame.hasClose()) {
                closing.countDown();
                until(10, () -> mayClose.getCount() == 0);
            }
        };
        Thread closer = Thread.ofPlatform().start(() -> cache.release(file));
        closing.await();
        Thread truncater = Thread.ofPlatform().start(() -> {
            try {
                truncate(2);
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        });
        while (truncater.isAlive() && truncater.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        mayClose.countDown();
        closer.join();
        truncater.join();
        List<ClientFrame> sent = server.sent().stream()
                .filter(frame -> frame.hasClose() || frame.hasSetAttributes())
                .toList();
        assertTrue(sent.getFirst().getClose().getReport().getPresent());
        assertTrue(sent.getLast().hasSetAttributes(), "the close says the size from before");
    }

    @Test
    void doesNotTellTheSizeFromBeforeWhileItTruncates() throws Exception {
        OpenFile file = open(WRITE);
        write(file, 0, "abcdef");
        laterScan(Duration.ofSeconds(31));
        until(10, () -> cache.status().dirty() == 0);
        FileCache.Truncation truncation = cache.truncating(FakeServer.FILE);
        Thread syncer = Thread.ofPlatform().start(() -> {
            try {
                cache.fsync(file, false);
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        });
        while (syncer.isAlive() && syncer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(0, server.count(ClientFrame::hasWrittenBack));
        truncation.close();
        syncer.join();
        assertEquals(1, server.count(ClientFrame::hasWrittenBack), "nothing was cut");
    }

    @Test
    void tellsOfAFullDiskOnceKeepsTheDataAndRecovers() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "precious");
        server.refuseWrites = FsError.NO_SPACE;
        assertEquals(
                FsError.NO_SPACE,
                assertThrows(FsException.class, () -> cache.fsync(file, false)).error());
        cache.flush(file);
        recall(true);
        assertEquals("NO_SPACE", server.sent().getLast().getCallbackDone().getError());
        assertEquals("precious", text(file));
        server.refuseWrites = null;
        laterScan(Duration.ofSeconds(1));
        until(10, () -> server.writes() == 1);
        cache.fsync(file, false);
        assertEquals("precious", new String(server.content(), StandardCharsets.UTF_8));
    }

    @Test
    void overlaysAttributesUntilItHasReportedThemForGood() throws FsException {
        OpenFile file = open(WRITE);
        var before = server.open(false, false).getAttributes();
        long mark = cache.mark();
        write(file, 0, "12345");
        assertEquals(5, cache.overlay(Wire.attributes(before), mark).size());
        assertEquals(
                new FileTime(1000, 0), cache.overlay(Wire.attributes(before), 0).modified());
        cache.callback(
                server,
                Callback.newBuilder()
                        .setId(99)
                        .setFile(Wire.toWire(FakeServer.FILE))
                        .setReportAttributes(true)
                        .build(),
                Borrower.FORGOTTEN);
        assertEquals(5, server.sent().getLast().getCallbackDone().getReport().getSize());
        assertEquals(5, cache.overlay(Wire.attributes(before), cache.mark()).size(), "the server has not kept it");
        cache.release(file);
        assertEquals(5, cache.overlay(Wire.attributes(before), mark).size());
        assertEquals(0, cache.overlay(Wire.attributes(before), cache.mark()).size());
    }

    /** Whoever reads one file of those that were made together soon reads the others. */
    @Test
    void bringsNeighboursOfARecalledFileHomeWithIt() throws FsException {
        for (int i = 1; i <= 40; i++) {
            var id = new FileId(1, 100 + i);
            OpenFile neighbour = cache.opened(server, id, server.open(true, false), WRITE, cache.mark());
            write(neighbour, 0, "neighbour");
            if (i != 2) { // still open: more may come
                cache.release(neighbour);
            }
        }
        Supplier<Set<Long>> home = () -> server.sent().stream()
                .filter(ClientFrame::hasWrittenBack)
                .map(frame -> frame.getWrittenBack().getFiles(0).getFile().getInode())
                .collect(Collectors.toSet());
        recall(new FileId(1, 120), false);
        until(10, () -> home.get().equals(Set.of(118L, 119L, 121L, 122L)));
        recall(new FileId(1, 101), false); // soon after: up to twice as many
        until(10, () -> home.get().equals(Set.of(118L, 119L, 121L, 122L, 103L, 104L, 105L, 106L)));
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        recall(new FileId(1, 140), false);
        until(10, () -> home.get().size() == 12);
        assertTrue(home.get().containsAll(Set.of(136L, 137L, 138L, 139L)));
    }

    /** A listing on its way to the kernel may carry what is taken back. */
    @Test
    void saysThatACallbackIsDoneWhenTheDriverHasForgotten() throws FsException {
        OpenFile file = open(WRITE);
        write(file, 0, "12345");
        List<Callback.Builder> callbacks = List.of(
                Callback.newBuilder().setReportAttributes(true),
                Callback.newBuilder().setWriteBack(true),
                Callback.newBuilder().setDropPages(1),
                Callback.newBuilder().setWriteBack(true).setInvalidate(true),
                Callback.newBuilder().setDelete(true));
        for (Callback.Builder callback : callbacks) {
            long id = ++this.callbacks;
            var forgotten = new CompletableFuture<@Nullable Void>();
            cache.callback(
                    server,
                    callback.setId(id).setFile(Wire.toWire(FakeServer.FILE)).build(),
                    forgotten);
            if (callback.getWriteBack()) { // it is obeyed all the same
                until(10, () -> new String(server.content(), StandardCharsets.UTF_8).equals("12345"));
            }
            assertEquals(0, server.count(f -> f.getCallbackDone().getId() == id));
            forgotten.complete(null);
            until(10, () -> server.count(f -> f.getCallbackDone().getId() == id) == 1);
        }
    }

    /** The thread that obeys the recall is slow: its report is sent, and it does not know that yet. */
    @Test
    void showsWhatWasWrittenPastTheCacheThoughAReportIsStillBeingSent() throws Exception {
        OpenFile file = open(WRITE);
        write(file, 0, "12345");
        CountDownLatch goesOn = new CountDownLatch(1);
        server.afterSend = frame -> {
            if (frame.hasCallbackDone()) {
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        };
        recall(true);
        write(file, 5, "6");
        var told = server.open(false, false).getAttributes();
        assertEquals(6, cache.overlay(Wire.attributes(told), cache.mark()).size());
        goesOn.countDown();
    }

    @Test
    void opensAgainWhatIsDirtyAfterALostSession() throws Exception {
        OpenFile file = open(WRITE);
        write(file, 0, "kept");
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);
        finished.await();
        assertEquals("kept", text(file));
        until(10, () -> server.writes() == 1);
        assertTrue(server.sent().stream()
                .anyMatch(f -> f.hasReopen() && f.getReopen().getDirty()));
    }

    @Test
    void saysAfterALostSessionOfEachHandleOnceThatItIsOpen() throws Exception {
        OpenFile writer = open(WRITE);
        OpenFile reader = open(READ);
        OpenFile other = open(READ);
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);
        finished.await();
        var told = server.sent().stream().filter(ClientFrame::hasReopen).toList();
        assertEquals(1, told.size());
        assertEquals(1, told.getFirst().getReopen().getWriters());
        assertEquals(2, told.getFirst().getReopen().getReaders());
        cache.release(writer);
        cache.release(reader);
        cache.release(other);
    }

    @Test
    void keepsRefusedDataAsideAndFailsItsHandles() throws Exception {
        OpenFile file = open(WRITE);
        write(file, 0, "orphan");
        server.refuseReopen = FsError.STALE;
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);
        finished.await();
        assertEquals(
                FsError.IO, assertThrows(FsException.class, () -> text(file)).error());
        assertThrows(FsException.class, () -> cache.flush(file));
        try (var kept = Files.list(lostAndFound)) {
            assertEquals("orphan", Files.readString(kept.findFirst().orElseThrow()));
        }
    }

    @Test
    void memoryStaysWithinItsLimitWhileWritersFlood() throws FsException {
        OpenFile file = open(WRITE);
        MemorySegment data = MemorySegment.ofArray(new byte[128 * 1024]);
        long most = 0;
        for (int i = 0; i < 512; i++) {
            cache.write(file, i * data.byteSize(), data, false);
            most = Math.max(most, cache.status().used());
        }
        assertTrue(most <= (8 << 20) + (1 << 19), "used " + most);
        assertTrue(cache.writeBackAll(Duration.ofSeconds(10), Deadline.never()).isComplete());
        assertEquals(64 << 20, server.content().length);
    }

    @Test
    void aFullServerFailsTheFloodInsteadOfHangingIt() {
        OpenFile file = open(WRITE);
        server.refuseWrites = FsError.NO_SPACE;
        MemorySegment data = MemorySegment.ofArray(new byte[128 * 1024]);
        FsException refused = assertThrows(FsException.class, () -> {
            for (int i = 0; i < 512; i++) {
                cache.write(file, i * data.byteSize(), data, false);
            }
        });
        assertEquals(FsError.NO_SPACE, refused.error());
    }

    @Test
    void aReaderSeesWholeWritesOnly() throws Exception {
        OpenFile file = open(WRITE);
        byte[] bytes = new byte[100_000];
        cache.write(file, 0, MemorySegment.ofArray(bytes), false);
        Thread writer = Thread.ofVirtual().start(() -> {
            byte[] own = new byte[100_000];
            try {
                for (int i = 0; i < 300; i++) {
                    Arrays.fill(own, (byte) i);
                    cache.write(file, 0, MemorySegment.ofArray(own), false);
                }
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < 300; i++) {
            byte[] got = read(file, 0, 100_000);
            for (byte b : got) {
                assertEquals(got[0], b);
            }
            if (i % 50 == 0) {
                recall(false);
            }
        }
        writer.join();
        assertEquals((byte) 299, read(file, 0, 1)[0]);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void behavesLikeAnArrayOfBytes(long seed) throws FsException {
        cache.close();
        cache = cache(1 << 20);
        Random random = new Random(seed);
        byte[] model = new byte[4 << 20];
        int size = random.nextInt(2 << 20);
        byte[] first = new byte[size];
        random.nextBytes(first);
        server.setContent(first);
        System.arraycopy(first, 0, model, 0, size);
        OpenFile file = open(WRITE);
        for (int step = 0; step < 3_000; step++) {
            String where = "seed " + seed + " step " + step;
            int kind = random.nextInt(100);
            int offset = random.nextInt(10) == 0 ? random.nextInt(3 << 20) : random.nextInt(Math.max(1, size));
            int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 300_000 : 9_000);
            if (kind < 45) {
                byte[] data = new byte[length];
                random.nextBytes(data);
                boolean append = random.nextInt(8) == 0 && size < (3 << 20);
                int at = append ? size : offset;
                cache.write(file, offset, MemorySegment.ofArray(data), append);
                System.arraycopy(data, 0, model, at, length);
                size = Math.max(size, at + length);
            } else if (kind < 90) {
                byte[] got = read(file, offset, length);
                int expected = Math.max(0, Math.min(length, size - offset));
                assertArrayEquals(Arrays.copyOfRange(model, offset, offset + expected), got, where);
            } else if (kind < 92) {
                int to = random.nextInt(Math.max(1, size + 70_000));
                truncate(to);
                if (to < size) {
                    Arrays.fill(model, to, size, (byte) 0);
                }
                size = to;
            } else if (kind < 95) {
                recall(random.nextBoolean());
            } else if (kind < 97) {
                laterScan(Duration.ofSeconds(31));
            } else {
                OpenFile other = open(random.nextBoolean() ? READ : WRITE);
                if (random.nextBoolean()) {
                    cache.flush(file);
                }
                OpenFile old = random.nextBoolean() && other.flags().write() ? file : other;
                file = old == file ? other : file;
                cache.release(old);
            }
            assertTrue(cache.status().used() <= (1 << 20) + (1 << 19), () -> where + " used " + cache.status());
        }
        cache.fsync(file, false);
        assertArrayEquals(Arrays.copyOf(model, size), server.content());
    }
}
