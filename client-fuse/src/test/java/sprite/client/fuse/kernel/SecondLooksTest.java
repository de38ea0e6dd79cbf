package sprite.client.fuse.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import sprite.client.fs.Caller;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.client.fuse.MemoryFileSystem;
import sprite.client.fuse.Shell;
import sprite.client.fuse.TwinMount;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/** Names over which others rename new files all the time. */
final class SecondLooksTest {
    private static final FileName RESTLESS = FileName.ofText("restless");

    /** Another file is renamed over that name between every look-up and what it was for. Each holds a number. */
    private static final class Renamed extends MemoryFileSystem {
        private static final FileName NEXT = FileName.ofText("next");
        private static final OpenFlags NEW = new OpenFlags(false, true, false, false, false, true);

        final AtomicInteger open = new AtomicInteger();
        private final AtomicInteger made = new AtomicInteger();

        @Override
        public Attributes attributes(FileId file, Caller caller) throws FsException {
            replace();
            return super.attributes(file, caller);
        }

        void replace() throws FsException {
            Handle next = super.create(root(), NEXT, 0644, NEW, Trusted.CALLER);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment number = arena.allocateFrom("" + made.incrementAndGet(), StandardCharsets.US_ASCII);
                write(next, 0, number, false, Trusted.CALLER);
            }
            super.release(next);
            rename(root(), NEXT, root(), RESTLESS, false, false, Trusted.CALLER);
        }

        @Override
        public Handle open(FileId file, OpenFlags flags, Caller caller) throws FsException {
            if (flags.read()) {
                replace();
            }
            Handle handle = super.open(file, flags, caller);
            open.incrementAndGet();
            return handle;
        }

        @Override
        public void release(Handle handle) {
            open.decrementAndGet();
            super.release(handle);
        }
    }

    private final Renamed files = new Renamed();

    @SuppressWarnings("NullAway.Init") // set before each test
    private TwinMount mount;

    @BeforeEach
    void mount() throws Exception {
        files.replace();
        mount = new TwinMount(new KernelDriver(Caching.NOTHING), files);
    }

    @AfterEach
    void unmount() throws Exception {
        mount.close();
    }

    private void nothingStaysOpen() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (files.open.get() != 0) {
            assertTrue(System.nanoTime() < deadline, files.open + " files are still open");
            LockSupport.parkNanos(10_000_000);
        }
    }

    @Test
    void opensAFileThatIsGoneByThen() throws Exception {
        String seen = Shell.run(mount.root, """
                        exec python3 -c '
                        import os
                        last = 0
                        for _ in range(50):
                            f = os.open("restless", os.O_RDONLY)
                            number = int(os.read(f, 9).strip(bytes(1)))
                            assert number > last, (number, last)
                            last = number
                            assert os.fstat(f).st_nlink == 0
                            os.close(f)
                        print("done")
                        '
                        """).output();
        assertEquals("done", seen);
        nothingStaysOpen();
    }

    @Test
    void tellsOfAFileThatIsGoneByThen() throws Exception {
        assertEquals(
                "regular file 0",
                Shell.run(mount.root, "stat -c '%F %h' restless").output());
        nothingStaysOpen();
    }
}
