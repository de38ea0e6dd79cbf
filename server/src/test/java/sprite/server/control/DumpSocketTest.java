package sprite.server.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.file.FileTime;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.Entry;
import sprite.server.domain.dump.Load;
import sprite.server.domain.dump.ServedDomain;
import sprite.server.domain.fsck.Fsck;
import sprite.server.domain.fsck.FullDomain;
import sprite.server.domain.store.Image;
import sprite.server.domain.store.RocksDomain;

/** A domain that is being served is dumped through its socket. */
class DumpSocketTest {
    private static final Prefix PREFIX = new Prefix("/full");

    @TempDir
    Path temporary;

    /** Longer than the address of a socket may be. */
    private Path source;

    private BlockCache cache;
    private RocksDomain domain;
    private DumpSocket socket;

    @BeforeEach
    void start() throws Exception {
        source = temporary.resolve("s".repeat(200));
        FullDomain.make(source);
        cache = new BlockCache(8 << 20);
        domain = RocksDomain.open(PREFIX, source, DomainOptions.with(cache));
        socket = DumpSocket.start(new ServedDomain(domain));
    }

    @AfterEach
    void stop() {
        socket.close();
        domain.close();
        cache.close();
    }

    @Test
    void handsOutADumpThatCanBeLoaded() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Long records = Objects.requireNonNull(LiveDump.write(source, out));
        Path target = temporary.resolve("target");
        assertEquals(records, Load.read(new ByteArrayInputStream(out.toByteArray()), target));
        assertEquals(List.of(), Fsck.check(target).damages());
        try (Domain copy = RocksDomain.open(PREFIX, target, DomainOptions.with(cache))) {
            assertEquals(domain.list(domain.root(), null, 100), copy.list(copy.root(), null, 100));
        }
    }

    @Test
    void isForTheServersUserOnly() throws Exception {
        Path control = source.resolve("control");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(control)));
    }

    @Test
    void saysThatNobodyServesTheDomain() throws Exception {
        socket.close();
        assertFalse(Files.exists(source.resolve("control")));
        assertNull(LiveDump.write(source, OutputStream.nullOutputStream()));
    }

    @Test
    void takesTheSocketOfAServerThatWasKilledForNobody() throws Exception {
        Path left = temporary.resolve("left");
        Files.createDirectory(left);
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(left.resolve("control")));
        }
        assertTrue(Files.exists(left.resolve("control")));
        assertNull(LiveDump.write(left, OutputStream.nullOutputStream()));
    }

    /** Larger than what lies between the two in buffers. */
    private void makeLarge() throws Exception {
        Entry large = large();
        byte[] bytes = new byte[8 << 20];
        new Random(3).nextBytes(bytes);
        domain.write(large.file(), 0, MemorySegment.ofArray(bytes), new FileTime(1, 1));
    }

    private Entry large() throws Exception {
        Entry directory = Objects.requireNonNull(domain.lookup(domain.root(), FileName.ofText("dir")));
        return Objects.requireNonNull(domain.lookup(directory.file(), FileName.ofText("large")));
    }

    /** A reader that stops after the first bytes until it is told to go on. */
    private static final class Slow extends OutputStream {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch goOn = new CountDownLatch(1);

        @Override
        public void write(int b) throws IOException {
            begun.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            write(0);
        }
    }

    @Test
    void makesOneDumpAtATime() throws Exception {
        makeLarge();
        Slow slow = new Slow();
        @Nullable Long[] records = new Long[1];
        Thread first = Thread.ofPlatform().start(() -> {
            try {
                records[0] = LiveDump.write(source, slow);
            } catch (DomainException | IOException e) {
                throw new IllegalStateException(e);
            }
        });
        slow.begun.await();
        DomainException refusal =
                assertThrows(DomainException.class, () -> LiveDump.write(source, OutputStream.nullOutputStream()));
        assertTrue(refusal.toString().contains("another dump"), refusal.getMessage());
        slow.goOn.countDown();
        first.join();
        assertNotNull(records[0]);
        assertNotNull(LiveDump.write(source, OutputStream.nullOutputStream()));
    }

    /** Somebody who does not read must not take the space that others need. */
    @Test
    void breaksADumpOffThatHasFailedAndIsNotRead() throws Exception {
        makeLarge();
        Slow slow = new Slow();
        Exception[] refusal = new Exception[1];
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                LiveDump.write(source, slow);
            } catch (DomainException | IOException e) {
                refusal[0] = e;
            }
        });
        slow.begun.await();
        assertTrue(Files.exists(source.resolve("aside")));
        Files.delete(source.resolve("aside").resolve("blocks"));
        Files.delete(source.resolve("aside"));
        Entry large = large();
        FileTime at = new FileTime(2, 2);
        domain.apply(
                new Command.SetAttributes(at, large.file(), null, null, null, 0L, null, at, at),
                null,
                null); // cannot keep
        while (Files.exists(source.resolve("aside")) || !isOver()) {
            Thread.onSpinWait();
        }
        slow.goOn.countDown();
        reader.join();
        assertTrue(String.valueOf(refusal[0]).contains("not whole"), String.valueOf(refusal[0]));
    }

    private boolean isOver() throws Exception {
        try (Image image = domain.image(() -> {})) {
            return image != null;
        }
    }

    @Test
    void breaksADumpOffWhenItsServerEnds() throws Exception {
        makeLarge();
        Slow slow = new Slow();
        Exception[] refusal = new Exception[1];
        Thread reader = Thread.ofPlatform().start(() -> {
            try {
                LiveDump.write(source, slow);
            } catch (DomainException | IOException e) {
                refusal[0] = e;
            }
        });
        slow.begun.await();
        socket.close(); // returns, though the reader does not read
        slow.goOn.countDown();
        reader.join();
        assertTrue(String.valueOf(refusal[0]).contains("not whole"), String.valueOf(refusal[0]));
        assertFalse(Files.exists(source.resolve("aside")));
    }
}
