package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.fs.Borrower;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;

final class WriteAheadTest {
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final int FILES = 60;

    @TempDir
    Path lostAndFound;

    private final FakeServer server = new FakeServer();
    private final AtomicLong nanos = new AtomicLong(1);
    private FileCache cache;
    private long callbacks;

    @BeforeEach
    void make() throws FsException {
        cache = new FileCache(
                new FileCacheConfig(64 << 20, 32 << 20, Duration.ofSeconds(30), Duration.ZERO, 0, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                nanos::get);
        for (int i = 0; i < FILES; i++) {
            write(i);
        }
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    private static FileId file(int number) {
        return new FileId(FakeServer.FILE.domain(), FakeServer.FILE.inode() + number);
    }

    private void write(int number) throws FsException {
        OpenFile file = cache.opened(server, file(number), server.open(true, false), WRITE, cache.mark());
        cache.write(file, 0, MemorySegment.ofArray(new byte[1]), false);
        cache.release(file);
    }

    private void recall(int number) {
        long id = ++callbacks;
        cache.callback(
                server,
                Callback.newBuilder()
                        .setId(id)
                        .setFile(Wire.toWire(file(number)))
                        .setWriteBack(true)
                        .build(),
                Borrower.FORGOTTEN);
    }

    /** No more either: the number only rises. */
    private void awaitWrites(int wanted) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (server.writes() != wanted) {
            assertTrue(System.nanoTime() < deadline, server.writes() + " writes, and not " + wanted);
            Thread.onSpinWait();
        }
    }

    @Test
    void bringsMoreNeighboursHomeWhileRecallsFollowEachOther() {
        recall(30);
        awaitWrites(1 + 4);
        recall(40);
        awaitWrites(1 + 4 + 1 + 8);
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        recall(10);
        awaitWrites(1 + 4 + 1 + 8 + 1 + 4);
    }
}
