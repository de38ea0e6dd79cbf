package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Reopen;

/** Many files, some of them on their way at once, that are opened again after a lost session. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReopeningTest {
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final int FILES = 40;
    private static final FileId SPOILT = new FileId(1, 105);

    @TempDir
    Path lostAndFound;

    private final FakeServer server = new FakeServer();
    private final List<OpenFile> files = new ArrayList<>();
    private FileCache cache;

    @BeforeEach
    void make() throws FsException {
        cache = new FileCache(
                FileCacheConfig.of(8 << 20, lostAndFound),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                System::nanoTime);
        for (int i = 0; i < FILES; i++) {
            OpenFile file = cache.opened(server, new FileId(1, 100 + i), server.open(true, false), WRITE, cache.mark());
            cache.write(file, 0, MemorySegment.ofArray("kept".getBytes(StandardCharsets.UTF_8)), false);
            files.add(file);
        }
    }

    @AfterEach
    void end() {
        server.close();
        cache.close();
    }

    @Test
    void aMistakeWithOneFileLeavesTheOthersAlone() throws Exception {
        CountDownLatch judged = new CountDownLatch(1);
        AtomicBoolean disturbed = new AtomicBoolean();
        server.beforeReopen = request -> {
            if (request.getFile().equals(Wire.toWire(SPOILT))) {
                throw new IllegalStateException("planted");
            }
            await(judged, disturbed);
        };
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);

        FsException told = assertThrows(FsException.class, () -> read(files.get(5)));
        assertEquals(FsError.IO, told.error());
        judged.countDown();
        finished.await();
        assertFalse(disturbed.get(), "a file was disturbed while it was opened again");
        for (int i = 0; i < FILES; i++) {
            if (i != 5) {
                assertEquals("kept", read(files.get(i)), "file " + i);
            }
        }
        assertEquals(FILES, server.sent().stream().filter(f -> f.hasReopen()).count());
    }

    @Test
    void atMostSixteenAreOnTheirWayAtOnce() throws Exception {
        Counting counting = new Counting();
        server.beforeReopen = counting::enter;
        CountDownLatch finished = new CountDownLatch(1);
        cache.sessionLost(server, _ -> {}, finished::countDown);
        finished.await();
        assertEquals(16, counting.most);
        assertEquals(
                FILES,
                server.sent().stream()
                        .filter(f -> f.hasReopen() && f.getReopen().getDirty())
                        .count());
    }

    /** Lets nobody go on before sixteen are there, or the last ones have come. */
    private static final class Counting {
        private int now;
        private int most;
        private int all;

        synchronized void enter(Reopen request) {
            now++;
            all++;
            most = Math.max(most, now);
            notifyAll();
            try {
                while (most < 16 && all < FILES) {
                    wait();
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(request + "", e);
            }
            now--;
        }
    }

    private static void await(CountDownLatch latch, AtomicBoolean disturbed) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            disturbed.set(true);
        }
    }

    private String read(OpenFile file) throws FsException {
        byte[] bytes = new byte[16];
        int count = cache.read(file, 0, MemorySegment.ofArray(bytes));
        return new String(bytes, 0, count, StandardCharsets.UTF_8);
    }
}
