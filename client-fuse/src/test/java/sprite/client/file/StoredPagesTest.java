package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.client.file.Waiting.until;

import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.fs.Borrower;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;

/** What becomes of what programs stored into pages, from the moment when the kernel brings it back. */
final class StoredPagesTest {
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final int PAGE = 4096;
    private static final int PAGES = 600;

    @TempDir
    Path lostAndFound;

    private final FakeServer server = new FakeServer();
    private FileCache cache;

    /** How long the kernel takes to forget. */
    private volatile Supplier<CompletableFuture<?>> forgets = () -> Borrower.FORGOTTEN;

    private final class FakeKernel extends PageKernel {
        @Override
        public CompletableFuture<?> forgetPages(FileId file, long from, long length) {
            return forgets.get();
        }

        @Override
        public boolean keepsWritablePages() {
            return true;
        }
    }

    @BeforeEach
    void make() {
        cache = new FileCache(
                new FileCacheConfig(64 << 20, 32 << 20, Duration.ofSeconds(30), Duration.ZERO, 0, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                System::nanoTime);
        server.setContent(new byte[PAGES * PAGE]);
        cache.lendTo(new FakeKernel());
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    private OpenFile open() {
        return cache.opened(server, FakeServer.FILE, server.open(true, false), WRITE, cache.mark());
    }

    private static byte[] page(int value) {
        byte[] bytes = new byte[PAGE];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private void bringBack(OpenFile file, int page, int value) {
        cache.writePages(file, (long) page * PAGE, MemorySegment.ofArray(page(value)));
    }

    private void fill(OpenFile file) throws FsException {
        assertEquals(PAGE, cache.readForPages(file, 0, MemorySegment.ofArray(new byte[PAGE])));
    }

    private void recall(long number) {
        cache.callback(
                server,
                Callback.newBuilder()
                        .setId(number)
                        .setFile(Wire.toWire(FakeServer.FILE))
                        .setWriteBack(true)
                        .setInvalidate(true)
                        .build(),
                Borrower.FORGOTTEN);
    }

    private CompletableFuture<Void> fsyncs(OpenFile file) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                cache.fsync(file, true);
                done.complete(null);
            } catch (FsException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS), "waited for 20 s in vain");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** What keeps writes from the server until it is counted down. */
    private CountDownLatch holdWrites() {
        CountDownLatch held = new CountDownLatch(1);
        server.beforeWrite = () -> await(held);
        return held;
    }

    /**
     * A recall that finds what was stored in the hands of an fsync, on its way to the server, waits for it to arrive:
     * the answer to the recall goes another way, and would be there sooner.
     */
    @Test
    void isAtTheServerBeforeARecallIsAnswered() throws Exception {
        OpenFile file = open();
        fill(file);
        CountDownLatch told = new CountDownLatch(1);
        CompletableFuture<Void> forgotten = new CompletableFuture<>();
        forgets = () -> {
            told.countDown();
            return forgotten;
        };
        CountDownLatch sent = new CountDownLatch(1);
        CompletableFuture<Void> answered = new CompletableFuture<>();
        server.beforeWrite = () -> {
            sent.countDown();
            Object _ =
                    answered.completeOnTimeout(null, 100, TimeUnit.MILLISECONDS).join(); // a slow network
        };
        CompletableFuture<Byte> there = new CompletableFuture<>();
        server.beforeSend = frame -> {
            if (frame.hasCallbackDone()) {
                there.complete(server.content()[0]);
            }
        };
        recall(1);
        await(told);
        bringBack(file, 0, 42);
        CompletableFuture<Void> synced = fsyncs(file);
        await(sent);
        forgotten.complete(null);
        assertEquals((byte) 42, there.get(20, TimeUnit.SECONDS), "answered before the data had arrived");
        synced.get(20, TimeUnit.SECONDS);
        cache.release(file);
    }

    @Test
    void goesHomeInLargePieces() throws Exception {
        server.cacheable = false;
        OpenFile file = open();
        CountDownLatch held = holdWrites();
        byte[] expected = new byte[PAGES * PAGE];
        for (int i = 0; i < PAGES; i++) {
            bringBack(file, i, i);
            Arrays.fill(expected, i * PAGE, (i + 1) * PAGE, (byte) i);
        }
        held.countDown();
        cache.fsync(file, true);
        assertArrayEquals(expected, server.content());
        assertTrue(server.writes() <= 5, server.writes() + " writes");
    }

    @Test
    void isKeptInOneFileIfNobodyTakesIt() throws Exception {
        server.cacheable = false;
        OpenFile file = open();
        CountDownLatch held = holdWrites();
        server.refuseWrites = FsError.IO;
        for (int i = 0; i < PAGES; i++) {
            bringBack(file, i, i);
        }
        held.countDown();
        assertEquals(
                FsError.IO,
                assertThrows(FsException.class, () -> cache.fsync(file, true)).error());
        try (var kept = Files.list(lostAndFound)) {
            List<Path> all = kept.toList();
            assertEquals(1, all.size(), all + "");
            assertEquals((long) PAGES * PAGE, Files.size(all.getFirst()));
        }
    }

    /** Programs store without a pause: there is always something that has not landed. */
    @Test
    void isNotWaitedForIfItCameLater() throws Exception {
        server.cacheable = false;
        OpenFile file = open();
        AtomicBoolean over = new AtomicBoolean();
        server.beforeWrite = () -> {
            if (!over.get()) {
                bringBack(file, 1, 2);
            }
        };
        bringBack(file, 0, 1);
        fsyncs(file).get(20, TimeUnit.SECONDS);
        byte[] read = new byte[PAGE];
        CompletableFuture<Integer> reading = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                reading.complete(cache.read(file, 0, MemorySegment.ofArray(read)));
            } catch (FsException | RuntimeException e) {
                reading.completeExceptionally(e);
            }
        });
        assertEquals(PAGE, reading.get(20, TimeUnit.SECONDS));
        assertArrayEquals(page(1), read);
        over.set(true);
        until(20, () -> Storing.hasLanded(file.cached));
    }

    @Test
    void isKeptAtTheEndIfItHasNotLanded() throws Exception {
        server.cacheable = false;
        OpenFile file = open();
        CountDownLatch held = holdWrites();
        for (int i = 0; i < 3; i++) {
            bringBack(file, i, i + 1);
        }
        List<FlushReport.Kept> kept = cache.keepUnwritten();
        held.countDown();
        assertEquals(1, kept.size());
        assertEquals(3L * PAGE, kept.getFirst().bytes());
        byte[] content = Files.readAllBytes(kept.getFirst().place());
        assertEquals(3 * PAGE, content.length);
        assertEquals((byte) 3, content[2 * PAGE]);
    }

    /** Also in the middle of being told to forget, when it brings back page after page. */
    @Test
    void isNotBroughtBackFasterThanItGoesHome() throws Exception {
        server.cacheable = false;
        OpenFile file = open();
        fill(file);
        CountDownLatch told = new CountDownLatch(1);
        CompletableFuture<Void> forgotten = new CompletableFuture<>();
        forgets = () -> {
            told.countDown();
            return forgotten;
        };
        CountDownLatch held = holdWrites();
        cache.callback(
                server,
                Callback.newBuilder()
                        .setId(1)
                        .setFile(Wire.toWire(FakeServer.FILE))
                        .setDropPages(1)
                        .build(),
                Borrower.FORGOTTEN);
        await(told);
        Thread kernel = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 80; i++) {
                cache.writePages(file, 0, MemorySegment.ofArray(new byte[1 << 20]));
            }
        });
        until(20, () -> kernel.getState() == Thread.State.TIMED_WAITING || !kernel.isAlive());
        assertTrue(kernel.isAlive(), "80 MiB lie in the heap");
        held.countDown();
        kernel.join();
        forgotten.complete(null);
        until(20, () -> server.count(frame -> frame.getCallbackDone().getId() == 1) == 1);
        assertTrue(Storing.hasLanded(file.cached));
    }
}
