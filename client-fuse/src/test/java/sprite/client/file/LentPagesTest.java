package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.client.file.Waiting.until;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
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

/** When a kernel has to forget pages that it was lent, and who waits for whom. */
final class LentPagesTest {
    private static final OpenFlags READ = new OpenFlags(true, false, false, false, false, false);
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final long PAGE = 4096;

    @TempDir
    Path lostAndFound;

    private final FakeServer server = new FakeServer();
    private final Queue<FakeKernel.Told> told = new ConcurrentLinkedQueue<>();
    private FileCache cache;

    /** How long the kernel takes to forget. */
    private volatile Supplier<CompletableFuture<?>> forgets = () -> Borrower.FORGOTTEN;

    /** A kernel that notes what it is told. */
    private final class FakeKernel extends PageKernel {
        record Told(FileId file, long from, long length) {}

        @Override
        public CompletableFuture<?> forgetPages(FileId file, long from, long length) {
            told.add(new Told(file, from, length));
            return forgets.get();
        }
    }

    @BeforeEach
    void make() {
        cache = new FileCache(
                new FileCacheConfig(64 << 20, 32 << 20, Duration.ofSeconds(30), Duration.ZERO, 0, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                System::nanoTime);
        server.setContent(new byte[(int) (4 * PAGE)]);
        cache.lendTo(new FakeKernel());
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    private OpenFile open(FileId file, OpenFlags flags) {
        return cache.opened(server, file, server.open(flags.write(), false), flags, cache.mark());
    }

    private OpenFile open(OpenFlags flags) {
        return open(FakeServer.FILE, flags);
    }

    private void fill(OpenFile file, int page) throws FsException {
        assertEquals(PAGE, cache.readForPages(file, page * PAGE, MemorySegment.ofArray(new byte[(int) PAGE])));
    }

    private CompletableFuture<Void> reads(OpenFile file, int count) {
        return CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < count; i++) {
                    fill(file, i % 4);
                }
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static long secondsSince(long nanos) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - nanos);
    }

    @Test
    void ofClosedFilesAreNotWaitedForWhenTheLeaseEnds() throws Exception {
        int files = 20_000;
        for (int i = 0; i < files; i++) {
            OpenFile file = open(new FileId(1, 100 + i), READ);
            assertTrue(cache.lendPages(file));
            fill(file, 0);
            cache.release(file);
        }
        OpenFile last = open(READ);
        assertTrue(cache.lendPages(last));
        fill(last, 0);
        told.clear();
        forgets = () -> new CompletableFuture<>().completeOnTimeout(null, 1, TimeUnit.MILLISECONDS);
        long begin = System.nanoTime();
        server.leaseNanosLeft = TimeUnit.SECONDS.toNanos(2);
        until(20, () -> !last.cached.pages.areHeld());
        assertTrue(secondsSince(begin) < 2, "after " + secondsSince(begin) + " s");
        assertEquals(List.of(new FakeKernel.Told(FakeServer.FILE, 0, 0)), List.copyOf(told));
        server.leaseNanosLeft = Long.MAX_VALUE;
        OpenFile again = open(new FileId(1, 100), READ); // who knows what happened while the lease was over
        assertTrue(cache.lendPages(again));
        assertTrue(told.contains(new FakeKernel.Told(new FileId(1, 100), 0, 0)));
    }

    @Test
    void ofManyOpenFilesAreForgottenBesideEachOther() throws Exception {
        List<OpenFile> open = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            OpenFile file = open(new FileId(1, 100 + i), READ);
            fill(file, 0);
            open.add(file);
        }
        forgets = () -> new CompletableFuture<>().completeOnTimeout(null, 20, TimeUnit.MILLISECONDS);
        long begin = System.nanoTime();
        server.leaseNanosLeft = TimeUnit.SECONDS.toNanos(2);
        until(20, () -> open.stream().noneMatch(file -> file.cached.pages.areHeld()));
        assertTrue(secondsSince(begin) < 10, "one after the other: " + secondsSince(begin) + " s");
    }

    @Test
    void areForgottenAndFilledNoMoreWhenTheMountEnds() throws Exception {
        OpenFile file = open(READ);
        fill(file, 0);
        told.clear();
        cache.endLending();
        assertEquals(List.of(new FakeKernel.Told(FakeServer.FILE, 0, 0)), List.copyOf(told));
        assertFalse(file.cached.pages.areHeld());
        assertEquals(
                FsError.IO, assertThrows(FsException.class, () -> fill(file, 1)).error());
    }

    @Test
    void areFilledThoughManyWrite() throws Exception {
        server.cacheable = false;
        OpenFile file = open(READ);
        OpenFile writer = open(WRITE);
        forgets = () -> new CompletableFuture<>().completeOnTimeout(null, 1, TimeUnit.MILLISECONDS);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            threads.add(Thread.ofVirtual().start(() -> {
                try {
                    while (!over.get()) {
                        cache.write(writer, 0, MemorySegment.ofArray(new byte[8]), false);
                    }
                } catch (FsException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        try {
            reads(file, 50).get(20, TimeUnit.SECONDS);
        } finally {
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    @Test
    void goWithTheLastHandlesThatTheServerKnows() throws Exception {
        for (int i = 0; i < 300; i++) {
            FileId id = new FileId(1, 100 + i);
            List<OpenFile> handles = List.of(open(id, READ), open(id, READ), open(id, READ));
            for (OpenFile handle : handles) {
                cache.flush(handle);
            }
            long callback = i + 1L;
            cache.callback(
                    server,
                    Callback.newBuilder()
                            .setId(callback)
                            .setFile(Wire.toWire(id))
                            .setInvalidate(true)
                            .build(),
                    Borrower.FORGOTTEN);
            until(20, () -> server.count(f -> f.getCallbackDone().getId() == callback) == 1);
            fill(handles.get(0), 0);
            fill(handles.get(1), 1); // the third is mapped, and the server does not know of it
            CountDownLatch both = new CountDownLatch(2);
            List<Thread> threads = new ArrayList<>();
            for (OpenFile handle : handles.subList(0, 2)) {
                threads.add(Thread.ofPlatform().start(() -> {
                    both.countDown();
                    while (both.getCount() > 0) {
                        Thread.onSpinWait();
                    }
                    cache.release(handle);
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            until(20, () -> !handles.get(2).cached.pages.areHeld());
        }
    }

    @Test
    void areNotWaitedForWhileTheirReadWaitsForASession() throws Exception {
        server.cacheable = false;
        OpenFile file = open(READ);
        fill(file, 1);
        CountDownLatch waits = new CountDownLatch(1);
        CountDownLatch session = new CountDownLatch(1);
        server.refuseReads = FsError.STALE;
        server.beforeLease = () -> {
            waits.countDown();
            try {
                session.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        CompletableFuture<Void> read = reads(file, 1);
        waits.await();
        told.clear();
        file.cached.pages.bar(0, Pages.END);
        file.cached.pages.unbar();
        List<FakeKernel.Told> around = List.of(new FakeKernel.Told(FakeServer.FILE, PAGE, 0));
        assertEquals(around, List.copyOf(told));
        server.refuseReads = null;
        session.countDown();
        read.get(20, TimeUnit.SECONDS);
    }
}
