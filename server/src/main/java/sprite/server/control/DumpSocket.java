package sprite.server.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.thread.Joining;
import sprite.server.domain.dump.ServedDomain;

/**
 * Where a domain that is being served is dumped from: a socket in its directory, for root and the server's user. One
 * dump at a time. Thread-safe: fields guarded by {@code lock}.
 */
public final class DumpSocket implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DumpSocket.class);

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ServedDomain domain;
    private final ServerSocketChannel listening;

    /** Guards who is being served. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Thread, SocketChannel> conversations = new HashMap<>();

    @GuardedBy("lock")
    private boolean closed;

    private DumpSocket(ServedDomain domain, ServerSocketChannel listening) {
        this.domain = domain;
        this.listening = listening;
    }

    /** Begins to listen for a domain, which is to be closed later than this. */
    public static DumpSocket start(ServedDomain domain) throws IOException {
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
                    log.warn("a dump of {} cannot be asked for now: {}", domain.prefix(), e.getMessage());
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    private void begin(SocketChannel channel) throws IOException {
        boolean begun = false;
        lock.lock();
        try {
            if (!closed) {
                Thread thread =
                        Thread.ofPlatform().name("spritefs-dump").daemon().unstarted(() -> converse(channel));
                conversations.put(thread, channel);
                thread.start();
                begun = true;
            }
        } finally {
            lock.unlock();
            if (!begun) {
                channel.close();
            }
        }
    }

    private void converse(SocketChannel channel) {
        Patience patience = Patience.with(channel);
        try (channel;
                DataOutputStream out =
                        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 18))) {
            Long records = null;
            String failure = "another dump of it is being made; wait for its end";
            try {
                records = domain.dump(new Parts(out, patience), patience::end);
            } catch (Parts.NobodyReads e) {
                throw e;
            } catch (FsException | IOException e) {
                failure = String.valueOf(e.getMessage());
                log.warn("the dump of {} has failed: {}", domain.prefix(), failure);
            }
            out.writeInt(0);
            out.writeUTF(records == null ? failure : "");
            out.writeLong(records == null ? 0 : records);
        } catch (IOException e) {
            log.warn("the dump of {} was broken off: nobody reads it any more", domain.prefix());
        } finally {
            patience.close();
            lock.lock();
            try {
                conversations.remove(Thread.currentThread());
            } finally {
                lock.unlock();
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
            threads = List.copyOf(conversations.keySet());
            close(listening);
            conversations.values().forEach(this::close);
        } finally {
            lock.unlock();
        }
        try {
            Files.deleteIfExists(SocketAddresses.in(domain.directory()));
        } catch (IOException e) {
            log.warn("ending dumps of {}: {}", domain.prefix(), e.getMessage());
        }
        Joining.join(threads);
    }

    private void close(Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            log.warn("ending dumps of {}: {}", domain.prefix(), e.getMessage());
        }
    }
}
