package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** Whoever waits for a sync hears of it, whatever happens around it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogSyncTest {
    @TempDir
    Path temporary;

    @Test
    void goesOnWhenWhatComesAfterASyncFails() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Tables tables = Tables.open(temporary.resolve("meta"), true, 1L << 30, List.of());
        Runnable failing = () -> {
            calls.incrementAndGet();
            throw new OutOfMemoryError("unable to create native thread");
        };
        try (LogSync sync = new LogSync(tables, () -> {}, failing)) {
            sync.sync();
            sync.sync();
        } finally {
            tables.close();
        }
        assertEquals(2, calls.get());
    }

    @Test
    void tellsWhoWaitsWhenWhatComesBeforeASyncFails() throws Exception {
        Tables tables = Tables.open(temporary.resolve("meta"), true, 1L << 30, List.of());
        Runnable failing = () -> {
            throw new IllegalStateException("before");
        };
        try (LogSync sync = new LogSync(tables, failing, () -> {})) {
            assertEquals(FsError.IO, assertThrows(FsException.class, sync::sync).error());
            assertEquals(FsError.IO, assertThrows(FsException.class, sync::sync).error());
        } finally {
            tables.close();
        }
    }
}
