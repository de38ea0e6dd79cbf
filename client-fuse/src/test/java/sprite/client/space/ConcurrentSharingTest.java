package sprite.client.space;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.fs.FileSystem;

/**
 * Whole clients and a whole server, without FUSE, several threads at each client, all on the same few files.
 * {@code -Dstress.seconds=N} runs longer, {@code -Dseed=N} draws other numbers.
 */
class ConcurrentSharingTest {
    private static final int THREADS = 2;
    private static final Duration HANG = Duration.ofSeconds(40);

    @Test
    void nothingIsLostTornOrStaleWhenManyShare(@TempDir Path directory) throws Exception {
        int seconds = Integer.getInteger("stress.seconds", 8);
        long seed = Long.getLong("seed", 1);
        try (LocalServer server = new LocalServer(directory);
                MountedSpace a = server.client(1, 2 << 20, Duration.ofMillis(60));
                MountedSpace b = server.client(2, 64 << 20, Duration.ofSeconds(30));
                MountedSpace c = server.client(3, 2 << 20, Duration.ofMillis(200))) {
            List<FileSystem> clients = List.of(a, b, c);
            SharedFiles files = new SharedFiles(a);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < clients.size() * THREADS; i++) {
                Sharer sharer = new Sharer(clients.get(i % clients.size()), files, i + 1, seed);
                threads.add(Thread.ofPlatform().name("sharer " + (i + 1)).start(() -> {
                    try {
                        while (System.nanoTime() < end && failure.get() == null) {
                            sharer.step();
                        }
                        sharer.finish();
                    } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                    }
                }));
            }
            await(threads, end + HANG.toNanos());
            Throwable failed = failure.get();
            if (failed != null) {
                throw new AssertionError(failed.getMessage(), failed);
            }
            for (FileSystem client : clients) {
                files.check(client);
            }
        }
    }

    private static void await(List<Thread> threads, long deadline) throws InterruptedException {
        StringBuilder hung = new StringBuilder();
        for (Thread thread : threads) {
            if (!thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                hung.append(thread.getName()).append(" hangs\n");
                for (StackTraceElement line : thread.getStackTrace()) {
                    hung.append("    ").append(line).append('\n');
                }
            }
        }
        if (!hung.isEmpty()) {
            throw new AssertionError(hung);
        }
    }
}
