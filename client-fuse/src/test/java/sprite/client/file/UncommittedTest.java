package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.fs.Borrower;
import sprite.client.fs.Deadline;
import sprite.client.fs.OpenFlags;
import sprite.client.session.Committed;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;

/** Blocks that a server has answered and may not have on its disk. */
@Timeout(60)
class UncommittedTest {
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final OpenFlags READ = new OpenFlags(true, false, false, false, false, false);
    private static final long STAMP = 5;
    private static final Committed NOT_YET = new Committed("first", 0, 1, STAMP - 1);
    private static final Committed ON_DISK = new Committed("first", 0, 1, STAMP);
    private static final Committed ANOTHER_RUN = new Committed("second", STAMP - 1, 100, 100);

    @TempDir
    Path lostAndFound;

    private final AtomicLong nanos = new AtomicLong(1);
    private final FakeServer server = new FakeServer();
    private FileCache cache;

    @BeforeEach
    void make() {
        server.stamp.set(STAMP);
        server.committed = NOT_YET;
        cache = new FileCache(
                new FileCacheConfig(8 << 20, 4 << 20, Duration.ofSeconds(30), Duration.ZERO, 1 << 20, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                nanos::get);
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    private OpenFile open() {
        return cache.opened(server, FakeServer.FILE, server.open(true, false), WRITE, cache.mark());
    }

    private void write(OpenFile file, String text) throws FsException {
        cache.write(file, 0, MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)), false);
    }

    /** A file that was written, closed and brought home. */
    private void writtenBack(String text) throws FsException {
        OpenFile file = open();
        write(file, text);
        cache.flush(file);
        recall(false);
        cache.release(file);
        assertEquals(1, server.writes());
        assertEquals(4096, cache.status().uncommitted());
        assertEquals(0, cache.status().dirty());
    }

    private void recall(boolean invalidate) {
        long before = server.count(ClientFrame::hasCallbackDone);
        Callback callback = Callback.newBuilder()
                .setId(before + 1)
                .setFile(Wire.toWire(FakeServer.FILE))
                .setWriteBack(true)
                .setInvalidate(invalidate)
                .build();
        cache.callback(server, callback, Borrower.FORGOTTEN);
        until(() -> server.count(ClientFrame::hasCallbackDone) > before);
    }

    private void loseSession() throws InterruptedException {
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);
        finished.await();
    }

    private String content() {
        return new String(server.content(), StandardCharsets.UTF_8);
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertFalse(Thread.currentThread().isInterrupted(), "it takes too long");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private boolean nothingIsKeptAside() {
        try (var files = Files.list(lostAndFound)) {
            return files.findAny().isEmpty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void isSentAgainToAnotherRunOfTheMachine() throws Exception {
        writtenBack("kept");
        server.setContent(new byte[0]);
        server.committed = ANOTHER_RUN;
        server.stamp.set(101);
        loseSession();
        until(() -> content().equals("kept"));
        assertTrue(server.count(f -> f.hasReopen() && f.getReopen().getDirty()) == 1);
        until(() -> cache.status().dirty() == 0);
        assertEquals(4096, cache.status().uncommitted(), "the new run has it, and not on its disk");
    }

    @Test
    void isNotSentAgainToTheSameRun() throws Exception {
        writtenBack("kept");
        loseSession();
        cache.scan();
        assertEquals(0, server.count(ClientFrame::hasReopen));
        assertEquals(1, server.writes());
        assertEquals(4096, cache.status().uncommitted());
    }

    @Test
    void isLetGoWhenItIsCommitted() throws Exception {
        writtenBack("gone");
        cache.scan();
        assertEquals(4096, cache.status().uncommitted());
        server.committed = ON_DISK;
        cache.scan();
        assertEquals(0, cache.status().uncommitted());
        server.committed = new Committed("second", STAMP, 100, 100);
        loseSession();
        assertEquals(1, server.writes());
    }

    @Test
    void anAnswerThatThePowerLossOvertookCountsForNothing() throws Exception {
        server.committed = ANOTHER_RUN;
        OpenFile file = open();
        write(file, "late");
        long before = server.count(ClientFrame::hasCallbackDone);
        Callback callback = Callback.newBuilder()
                .setId(1)
                .setFile(Wire.toWire(FakeServer.FILE))
                .setWriteBack(true)
                .build();
        cache.callback(server, callback, Borrower.FORGOTTEN);
        until(() -> server.writes() == 1);
        until(() -> cache.status().dirty() > 0 && cache.status().uncommitted() == 0);
        server.stamp.set(101);
        until(() -> server.count(ClientFrame::hasCallbackDone) > before);
        assertTrue(server.writes() > 1);
        assertEquals(4096, cache.status().uncommitted());
    }

    @Test
    void isDroppedSilentlyIfSomebodyElseHasWrittenSince() throws Exception {
        writtenBack("outdone");
        server.committed = ANOTHER_RUN;
        server.refuseReopen = FsError.STALE;
        server.foreignWrite(0, new byte[] {1});
        loseSession();
        assertEquals(0, cache.status().used());
        assertTrue(nothingIsKeptAside());
    }

    /** This client was given up, and the disk has lost the version: nobody else has the data. */
    @Test
    void isKeptAsideIfItIsRefusedThoughNobodyHasWrittenSince() throws Exception {
        writtenBack("alone");
        server.committed = ANOTHER_RUN;
        server.refuseReopen = FsError.STALE;
        loseSession();
        try (var files = Files.list(lostAndFound)) {
            assertEquals("alone", Files.readString(files.findFirst().orElseThrow()));
        }
    }

    @Test
    void isKeptAsideIfItsNameWasLost() throws Exception {
        writtenBack("nameless");
        server.committed = ANOTHER_RUN;
        server.refuseReopen = FsError.NOT_FOUND;
        loseSession();
        try (var files = Files.list(lostAndFound)) {
            assertEquals("nameless", Files.readString(files.findFirst().orElseThrow()));
        }
    }

    @Test
    void whatWasWrittenSinceIsKeptAsideThoughItsBlockWasUncommitted() throws Exception {
        writtenBack("old");
        OpenFile file = open();
        write(file, "new");
        server.committed = ANOTHER_RUN;
        server.refuseReopen = FsError.STALE;
        loseSession();
        cache.release(file);
        try (var files = Files.list(lostAndFound)) {
            assertEquals("new", Files.readString(files.findFirst().orElseThrow()));
        }
    }

    @Test
    void isCommittedBeforeItIsDropped() throws Exception {
        writtenBack("dropped");
        recall(true);
        List<ClientFrame> sent = server.sent();
        ClientFrame last = sent.getLast();
        assertTrue(last.hasCallbackDone());
        assertTrue(sent.get(sent.size() - 2).getCommit().getRecalled(), "the commit comes before the answer");
        assertEquals(0, cache.status().used());
    }

    @Test
    void isNotReadAnyMoreOnceItIsToBeDropped() throws Exception {
        writtenBack("old!");
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch committed = new CountDownLatch(1);
        server.beforeCommit = () -> {
            asked.countDown();
            until(() -> committed.getCount() == 0);
        };
        server.cacheable = false;
        OpenFile shared = open();
        asked.await();
        server.setContent("new!".getBytes(StandardCharsets.UTF_8)); // written past a cache, under the same version
        server.cacheable = true;
        OpenFile file = cache.opened(server, FakeServer.FILE, server.open(false, false), READ, cache.mark());
        byte[] content = new byte[4];
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                assertEquals(4, cache.read(file, 0, MemorySegment.ofArray(content)));
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        });
        until(() -> !reader.isAlive() || reader.getState() == Thread.State.WAITING);
        committed.countDown();
        reader.join();
        assertEquals("new!", new String(content, StandardCharsets.UTF_8));
        cache.release(file);
        cache.release(shared);
    }

    /** An open that does not let this client cache; its answer to a commit is late, and {@code meanwhile} happens. */
    private OpenFile openShared(long raised, Runnable meanwhile) throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        server.beforeCommit = () -> {
            server.beforeCommit = () -> {};
            meanwhile.run();
            over.countDown();
        };
        for (long i = 0; i < raised; i++) {
            server.foreignWrite(0, "new!".getBytes(StandardCharsets.UTF_8));
        }
        server.cacheable = false;
        OpenFile file = cache.opened(server, FakeServer.FILE, server.open(false, false), READ, cache.mark());
        if (cache.status().uncommitted() > 0) {
            over.await();
        }
        server.cacheable = true;
        return file;
    }

    @Test
    void whatOthersHaveWrittenSinceIsNotWrittenOver() throws Exception {
        writtenBack("old!");
        OpenFile shared = openShared(1, () -> {});
        server.committed = ANOTHER_RUN;
        server.stamp.set(101);
        loseSession();
        assertEquals(0, cache.status().uncommitted() + cache.status().dirty());
        assertEquals("new!", content());
        assertEquals(1, server.writes());
        cache.release(shared);
    }

    @Test
    void isKeptThroughAPowerLossThatComesInsteadOfTheAnswer() throws Exception {
        writtenBack("old!");
        OpenFile shared = openShared(0, () -> {
            server.setContent(new byte[0]);
            server.committed = ANOTHER_RUN; // and the news of it has not come to the file when the commit is answered
            server.stamp.set(101);
        });
        until(() -> server.count(ClientFrame::hasCommit) == 1);
        loseSession();
        until(() -> content().equals("old!"));
        cache.release(shared);
    }

    @Test
    void isKeptAsideIfItMustGoAndCannotBeCommitted() throws Exception {
        writtenBack("here");
        server.refuseCommits = FsError.IO;
        OpenFile shared = openShared(0, () -> {});
        until(() -> cache.status().uncommitted() == 0);
        until(() -> !nothingIsKeptAside());
        try (var files = Files.list(lostAndFound)) {
            assertEquals("here", Files.readString(files.findFirst().orElseThrow()));
        }
        cache.release(shared);
    }

    @Test
    void fsyncLeavesNothingUncommitted() throws Exception {
        OpenFile file = open();
        write(file, "synced");
        cache.fsync(file, false);
        assertEquals(0, cache.status().uncommitted());
        cache.release(file);
    }

    @Test
    void theEndOfAMountCommits() throws Exception {
        writtenBack("home");
        assertTrue(cache.writeBackAll(Duration.ofSeconds(1), Deadline.never()).isComplete());
        assertEquals(1, server.count(f -> f.hasCommit() && !f.getCommit().hasFile()));
        assertEquals(0, cache.status().uncommitted());
    }

    @Test
    void theEndOfAMountTellsWhatCouldNotBeCommitted() throws Exception {
        writtenBack("here");
        server.refuseCommits = FsError.IO;
        assertFalse(cache.writeBackAll(Duration.ofSeconds(1), Deadline.never()).isComplete());
        assertEquals(1, cache.keepUnwritten().size());
    }

    @Test
    void theEndOfAMountWaitsForADiskNoLongerThanToldTo() throws Exception {
        writtenBack("here");
        var asked = new CountDownLatch(1);
        var disk = new CountDownLatch(1);
        server.beforeCommit = () -> {
            asked.countDown();
            until(() -> disk.getCount() == 0);
        };
        Deadline end = Deadline.never();
        var over = CompletableFuture.supplyAsync(() -> cache.writeBackAll(Duration.ofSeconds(10), end));
        asked.await();
        assertFalse(over.isDone());
        end.bringForward(Duration.ofMillis(1));
        assertFalse(over.get(10, TimeUnit.SECONDS).isComplete());
        assertEquals(1, cache.keepUnwritten().size());
        disk.countDown();
    }

    @Test
    void aFloodIsCommittedInTimeAndMemoryStaysWithinItsLimit() throws Exception {
        OpenFile file = open();
        MemorySegment data = MemorySegment.ofArray(new byte[128 * 1024]);
        long most = 0;
        for (int i = 0; i < 512; i++) {
            cache.write(file, i * data.byteSize(), data, false);
            most = Math.max(most, cache.status().used());
        }
        assertTrue(most <= (8 << 20) + (1 << 19), "used " + most);
        assertTrue(server.count(ClientFrame::hasCommit) > 1, "commits were asked for");
        assertTrue(cache.writeBackAll(Duration.ofSeconds(10), Deadline.never()).isComplete());
        assertEquals(64 << 20, server.content().length);
        cache.release(file);
    }

    @Test
    void aServerThatCannotCommitFailsTheFloodInsteadOfHangingIt() {
        OpenFile file = open();
        server.refuseCommits = FsError.IO;
        MemorySegment data = MemorySegment.ofArray(new byte[128 * 1024]);
        FsError why = null;
        for (int i = 0; i < 512 && why == null; i++) {
            try {
                cache.write(file, i * data.byteSize(), data, false);
            } catch (FsException e) {
                why = e.error();
            }
        }
        assertEquals(FsError.IO, why);
        cache.release(file);
    }
}
