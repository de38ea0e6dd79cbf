package sprite.client.file;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import sprite.client.fs.OpenFlags;
import sprite.common.error.FsException;

/** How fast the cache is by itself: {@code java ... sprite.client.file.FileCacheSpeed}. */
final class FileCacheSpeed {
    private FileCacheSpeed() {}

    public static void main(String[] args) throws FsException {
        long cacheBytes = 512L << 20;
        FakeServer server = new FakeServer();
        OpenFlags flags = new OpenFlags(true, true, false, false, false, false);
        try (Arena arena = Arena.ofShared();
                FileCache cache = new FileCache(
                        new FileCacheConfig(
                                cacheBytes,
                                cacheBytes / 2,
                                Duration.ofSeconds(30),
                                Duration.ZERO,
                                8 << 20,
                                Path.of("lost+found")),
                        AttributeSink.NONE,
                        InstantSource.system(),
                        System::nanoTime)) {
            OpenFile file = cache.opened(server, FakeServer.FILE, server.open(true, false), flags, cache.mark());
            MemorySegment large = arena.allocate(128 * 1024, 4096);
            MemorySegment small = arena.allocate(4096, 4096);
            long bytes = 48L << 20;
            for (int round = 0; round < 12; round++) {
                long t0 = System.nanoTime();
                for (long at = 0; at < bytes; at += large.byteSize()) {
                    cache.write(file, at, large, false);
                }
                long t1 = System.nanoTime();
                for (long at = 0; at < bytes; at += large.byteSize()) {
                    var _ = cache.read(file, at, large);
                }
                long t2 = System.nanoTime();
                for (long at = 0; at < bytes; at += small.byteSize()) {
                    var _ = cache.read(file, at, small);
                }
                long t3 = System.nanoTime();
                for (long at = 0; at < bytes; at += small.byteSize()) {
                    cache.write(file, at, small, false);
                }
                long t4 = System.nanoTime();
                cache.fsync(file, true);
                long t5 = System.nanoTime();
                long calls = bytes / small.byteSize();
                System.out.printf(
                        "write 128K %d MB/s, read 128K %d MB/s, read 4K %d ns, write 4K %d ns, write back %d MB/s%n",
                        bytes * 1000 / (t1 - t0),
                        bytes * 1000 / (t2 - t1),
                        (t3 - t2) / calls,
                        (t4 - t3) / calls,
                        bytes * 1000 / (t5 - t4));
            }
            cache.release(file);
        }
        server.close();
    }
}
