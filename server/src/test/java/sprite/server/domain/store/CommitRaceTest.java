package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.FileOperationInfo;
import org.rocksdb.RocksDB;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.DomainOptions;

/** A small file that leaves the metadata while it is being committed is committed. */
class CommitRaceTest implements ForgetfulDisk.Losses {
    static {
        RocksDB.loadLibrary();
    }

    private static final FileTime NOW = new FileTime(1, 0);
    private static final byte[] SMALL = "what was committed".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    Path temporary;

    private volatile boolean losing;

    /** Holds the log's sync up once. */
    private static final class HeldUp extends AbstractEventListener {
        final CountDownLatch syncing = new CountDownLatch(1);
        final CountDownLatch goOn = new CountDownLatch(1);
        volatile boolean armed;

        HeldUp() {
            super(EnabledEventCallback.ON_FILE_SYNC_FINISH, EnabledEventCallback.SHOULD_BE_NOTIFIED_ON_FILE_IO);
        }

        @Override
        public boolean shouldBeNotifiedOnFileIO() {
            return true;
        }

        @Override
        public void onFileSyncFinish(FileOperationInfo info) {
            if (armed && info.getPath().endsWith(".log")) {
                armed = false;
                syncing.countDown();
                try {
                    assertTrue(goOn.await(60, TimeUnit.SECONDS));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    @Test
    @Timeout(120)
    void commitsASmallFileThatGrowsMeanwhile() throws Exception {
        Path base = Files.createDirectory(temporary.resolve("disk"));
        ForgetfulDisk disk = new ForgetfulDisk(base, "the first life", Lie.NONE, this);
        HeldUp heldUp = new HeldUp();
        Ground ground =
                new Ground(disk, List.of(disk.ground().watchers().getFirst(), heldUp), Runnable::run, 1_000_000);
        try (BlockCache cache = new BlockCache(4 << 20);
                RocksDomain domain =
                        RocksDomain.open(Prefix.ROOT, base.resolve("domain"), DomainOptions.with(cache), ground)) {
            FileId file = make(domain);
            heldUp.armed = true;
            Thread other = Thread.ofPlatform().start(() -> commit(domain, domain.root()));
            assertTrue(heldUp.syncing.await(60, TimeUnit.SECONDS));
            domain.write(file, 0, MemorySegment.ofArray(SMALL), NOW);
            Thread committing = Thread.ofPlatform().start(() -> commit(domain, file));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (committing.getState() != Thread.State.WAITING) {
                assertTrue(committing.isAlive() && System.nanoTime() < deadline, "nobody waits for the sync");
                LockSupport.parkNanos(1_000_000);
            }
            byte[] more = new byte[100_000];
            new Random(3).nextBytes(more);
            domain.write(file, SMALL.length, MemorySegment.ofArray(more), NOW);
            heldUp.goOn.countDown();
            assertTrue(committing.join(Duration.ofSeconds(60)) && other.join(Duration.ofSeconds(60)));
            losing = true;
            disk.delete(base.resolve("nothing of that name"));
        }
        assertFound();
    }

    private static FileId make(RocksDomain domain) throws FsException {
        FileName name = FileName.ofText("file");
        var make = new Command.Make(NOW, domain.root(), name, FileType.REGULAR, 0644, 1, 2, 0, null, null);
        return domain.apply(make, null, null).file().file();
    }

    private static void commit(RocksDomain domain, FileId file) {
        try {
            domain.commit(file);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    private void assertFound() throws Exception {
        try (BlockCache cache = new BlockCache(4 << 20);
                RocksDomain domain =
                        RocksDomain.open(Prefix.ROOT, target().resolve("domain"), DomainOptions.with(cache))) {
            FileId file = Objects.requireNonNull(domain.lookup(domain.root(), FileName.ofText("file")))
                    .file();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment into = arena.allocate(SMALL.length);
                assertTrue(domain.read(file, 0, into) == SMALL.length);
                assertArrayEquals(SMALL, into.toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    @Override
    public boolean at(String step) {
        boolean now = losing;
        losing = false;
        return now;
    }

    @Override
    public Path target() {
        return temporary.resolve("found");
    }

    @Override
    public void lost(Path image) {
        assertTrue(Files.exists(image));
    }

    @Override
    public Random random() {
        return new Random(1);
    }

    @Override
    public void between(String call) {
        assertTrue(!call.isEmpty());
    }
}
