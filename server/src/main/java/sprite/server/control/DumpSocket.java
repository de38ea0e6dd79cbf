package sprite.server.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.server.domain.DomainException;
import sprite.server.domain.dump.Dump;
import sprite.server.domain.store.Image;
import sprite.server.domain.store.RocksDomain;

/**
 * Where a domain that is being served is dumped from: a socket in its directory, for root and the server's user. One
 * dump at a time. Thread-safe: fields guarded by {@code lock}.
 */
public final class DumpSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DumpSocket.class);

    private final RocksDomain domain;
    private final ServerSocketChannel listening;

    /** Guards who is being served. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Thread, SocketChannel> conversations = new HashMap<>();

    @GuardedBy("lock")
    private boolean closed;

    private DumpSocket(RocksDomain domain, ServerSocketChannel listening) {
        this.domain = domain;
        this.listening = listening;
    }

    /** Begins to listen for a domain, which is to be closed later than this. */
    public static DumpSocket start(RocksDomain domain) throws IOException {
        Files.deleteIfExists(SocketAddresses.in(domain.directory())); // a former server's: this one has the lock
        ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean done = false;
        try {
            var _ = SocketAddresses.use(domain.directory(), listening::bind);
            Files.setPosixFilePermissions(
                    SocketAddresses.in(domain.directory()), PosixFilePermissions.fromString("rw-------"));
            done = true;
        } finally {
            if (!done) {
                listening.close();
            }
        }
        DumpSocket socket = new DumpSocket(domain, listening);
        Thread.ofPlatform().name("spritefs-control").daemon().start(socket::listen);
        return socket;
    }

    private void listen() {
        while (listening.isOpen()) {
            try {
                begin(listening.accept());
            } catch (IOException e) {
                if (listening.isOpen()) {
                    log.warn("dumps of {} cannot be had any more: {}", domain.prefix(), e.getMessage());
                }
                return;
            }
        }
    }

    private void begin(SocketChannel channel) throws IOException {
        lock.lock();
        try {
            if (closed) {
                channel.close();
                return;
            }
            Thread thread = Thread.ofPlatform().name("spritefs-dump").daemon().unstarted(() -> converse(channel));
            conversations.put(thread, channel);
            thread.start();
        } finally {
            lock.unlock();
        }
    }

    private void converse(SocketChannel channel) {
        try (channel;
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18))) {
            long records = 0;
            String failure = "";
            try (Image image = domain.image()) {
                if (image == null) {
                    failure = "another dump of it is being made; wait for its end";
                } else {
                    log.info("a dump of {} has begun", domain.prefix());
                    records = Dump.write(image, new Parts(out));
                    log.info("the dump of {} has ended: {} records", domain.prefix(), records);
                }
            } catch (FsException | DomainException e) {
                failure = String.valueOf(e.getMessage());
                log.warn("the dump of {} has failed: {}", domain.prefix(), failure);
            }
            out.writeInt(0);
            out.writeUTF(failure);
            out.writeLong(records);
        } catch (IOException e) {
            log.warn("the dump of {} was broken off: {}", domain.prefix(), reason(e));
        } finally {
            lock.lock();
            try {
                conversations.remove(Thread.currentThread());
            } finally {
                lock.unlock();
            }
        }
    }

    private static @Nullable String reason(IOException e) {
        return e.getMessage() == null ? "nobody reads it any more" : e.getMessage();
    }

    /** Bytes in parts of some length each. */
    private static final class Parts extends OutputStream {
        private final DataOutputStream out;

        Parts(DataOutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            if (count > 0) {
                out.writeInt(count);
                out.write(bytes, from, count);
            }
        }
    }

    /** Breaks off what is being dumped, and waits for its end. */
    @Override
    public void close() {
        List<Thread> threads;
        lock.lock();
        try {
            closed = true;
            listening.close();
            for (SocketChannel channel : conversations.values()) {
                channel.close();
            }
            threads = List.copyOf(conversations.keySet());
            Files.deleteIfExists(SocketAddresses.in(domain.directory()));
        } catch (IOException e) {
            log.warn("ending dumps of {}: {}", domain.prefix(), e.getMessage());
            return;
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
