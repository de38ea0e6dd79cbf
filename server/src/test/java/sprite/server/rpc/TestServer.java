package sprite.server.rpc;

import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import sprite.common.error.FsException;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.store.RocksDomain;
import sprite.server.lock.LockTable;
import sprite.server.prefix.Locator;
import sprite.server.session.Holdings;
import sprite.server.session.ServerIdentity;

/** A file server over a store in a temporary directory, with a clock that a test can put forward. */
final class TestServer implements AutoCloseable {
    private final BlockCache cache = new BlockCache(64 << 20);
    private final RocksDomain domain;
    private final FileServer server;
    private final AtomicLong forwardNanos = new AtomicLong();
    private final int port;

    TestServer(Path directory, long epoch) throws Exception {
        this(directory, epoch, Holdings.GRANTS_MAX);
    }

    /** Every client may hold {@code grantsMax} grants. */
    TestServer(Path directory, long epoch, int grantsMax) throws Exception {
        domain = RocksDomain.open(Prefix.ROOT, directory, DomainOptions.with(cache));
        server = new FileServer(new ServerParts(
                new ServerIdentity("test", epoch, java.util.UUID.randomUUID()),
                List.of(domain),
                new LockTable(),
                new NoLocator(),
                Clock.systemUTC(),
                () -> System.nanoTime() + forwardNanos.get(),
                grantsMax));
        port = server.start("127.0.0.1", 0, () -> "{}");
    }

    private record NoLocator() implements Locator {
        @Override
        public LocateReply locate(LocateRequest request) {
            return LocateReply.getDefaultInstance();
        }

        @Override
        public void link(String prefix, boolean remove) throws FsException {}
    }

    int port() {
        return port;
    }

    RocksDomain domain() {
        return domain;
    }

    FileServer server() {
        return server;
    }

    /** Lets so many seconds pass for leases. */
    void pass(long seconds) {
        forwardNanos.addAndGet(seconds * 1_000_000_000L);
    }

    @Override
    public void close() {
        server.close();
        domain.close();
        cache.close();
    }
}
