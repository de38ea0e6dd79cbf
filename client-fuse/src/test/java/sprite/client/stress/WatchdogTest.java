package sprite.client.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that do not return are told of: what a FIFO without a writer and a lock of another do to a program. */
@Timeout(60)
final class WatchdogTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    @TempDir
    private Path directory = Path.of("");

    private final SystemCalls calls = new SystemCalls(Arena.ofAuto());
    private final SystemCalls others = new SystemCalls(Arena.ofAuto());
    private final Hands hands = new Hands();
    private final List<String> told = new CopyOnWriteArrayList<>();

    private Watchdog watchdog() {
        var place = new Place("a", directory, "ext4");
        calls.progress().keepSlow(LIMIT.toNanos());
        return new Watchdog(
                LIMIT,
                List.of(new Watchdog.Watched("a1", place, directory.toString(), calls.progress())),
                hands,
                mount -> List.of("asked at " + mount),
                told::add,
                System.nanoTime());
    }

    private static CompletableFuture<Integer> start(IntSupplier call) {
        var result = new CompletableFuture<Integer>();
        Thread.ofPlatform().daemon().start(() -> result.complete(call.getAsInt()));
        return result;
    }

    /** Until the call has been under way for longer than the limit. */
    private void awaitLate() {
        UnderWay call = null;
        while (call == null || call.tookNanos() <= LIMIT.toNanos()) {
            call = calls.progress().now();
            Thread.onSpinWait();
        }
    }

    @Test
    void tellsOnceOfACallThatDoesNotReturnAndOnceThatItHas() throws Exception {
        String fifo = directory.resolve("fifo").toString();
        assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
        Watchdog watchdog = watchdog();
        CompletableFuture<Integer> opened = start(() -> calls.open(fifo, SystemCalls.O_RDONLY));
        awaitLate();
        watchdog.look();
        watchdog.look();
        assertEquals(1, watchdog.stuck());
        assertEquals(2, told.size(), told::toString);
        assertTrue(told.getFirst().startsWith("watchdog: a1 at " + directory + " (ext4): open fifo has not returned"));
        assertTrue(told.getFirst().contains("is in the kernel at "), told::toString);
        assertEquals("  " + directory + ": asked at " + directory, told.get(1));
        int writer = others.open(fifo, SystemCalls.O_WRONLY);
        opened.get(30, TimeUnit.SECONDS);
        watchdog.look();
        assertEquals(3, told.size(), told::toString);
        assertTrue(told.get(2).startsWith("watchdog: a1 moves again; its open took "), told::toString);
        assertTrue(watchdog.longest().endsWith(" s, a1 at " + directory + " (ext4): open fifo"), watchdog.longest());
        others.close(writer);
    }

    @Test
    void aCallThatReturnsBetweenTwoLooksIsCounted() throws Exception {
        String fifo = directory.resolve("fifo").toString();
        assertEquals(0, new ProcessBuilder("mkfifo", fifo).start().waitFor());
        Watchdog watchdog = watchdog();
        CompletableFuture<Integer> opened = start(() -> calls.open(fifo, SystemCalls.O_RDONLY));
        awaitLate();
        int writer = others.open(fifo, SystemCalls.O_WRONLY);
        opened.get(30, TimeUnit.SECONDS);
        watchdog.look();
        assertEquals(1, watchdog.stuck());
        assertEquals(1, told.size(), told::toString);
        assertTrue(told.getFirst().contains(": open fifo took "), told::toString);
        others.close(writer);
    }

    @Test
    void whoWaitsForALockWaitsRightlyWhileItGoesFromHandToHand() throws Exception {
        String file = Files.createFile(directory.resolve("lock")).toString();
        int mine = calls.open(file, SystemCalls.O_RDWR);
        int theirs = others.open(file, SystemCalls.O_RDWR);
        assertEquals(0, others.flock(theirs, true));
        hands.took("lock", "b1");
        Watchdog watchdog = watchdog();
        CompletableFuture<Integer> locked = start(() -> calls.flock(mine, true));
        awaitLate();
        hands.took("lock", "b1");
        watchdog.look();
        assertEquals(0, watchdog.stuck(), told::toString);
        while (watchdog.stuck() == 0) { // nobody touches it any more
            watchdog.look();
        }
        assertTrue(told.getFirst().contains("the lock is held by b1, "), told::toString);
        assertEquals(0, others.flock(theirs, false));
        assertEquals(0, locked.get(30, TimeUnit.SECONDS));
        watchdog.look();
        assertTrue(told.getLast().startsWith("watchdog: a1 moves again; its flock took "), told::toString);
        calls.close(mine);
        others.close(theirs);
    }
}
