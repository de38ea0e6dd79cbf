package sprite.client.space;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import sprite.client.config.ClientConfig;
import sprite.common.error.FsException;
import sprite.common.name.Prefix;
import sprite.common.wire.proto.LocateReply;
import sprite.common.wire.proto.LocateRequest;
import sprite.server.cache.BlockCache;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.store.RocksDomain;
import sprite.server.lock.LockTable;
import sprite.server.prefix.Locator;
import sprite.server.rpc.FileServer;
import sprite.server.rpc.ServerParts;
import sprite.server.session.ServerIdentity;

/** A file server in this process, with clients that are connected to it over loopback. Confined to its test. */
final class LocalServer implements AutoCloseable {
    private final BlockCache cache = new BlockCache(64 << 20);
    private final RocksDomain domain;
    private final FileServer server;
    private final Path directory;
    private final int port;

    LocalServer(Path directory) throws DomainException, IOException {
        this.directory = directory;
        this.domain = RocksDomain.open(Prefix.ROOT, directory.resolve("domain"), DomainOptions.with(cache));
        this.server = new FileServer(new ServerParts(
                new ServerIdentity("local", 1, java.util.UUID.randomUUID()),
                List.of(domain),
                new LockTable(),
                new NowhereElse(),
                Clock.systemUTC(),
                System::nanoTime));
        this.port = server.start("127.0.0.1", 0, () -> "{}");
    }

    /** A client of its own, with delays so short that everything happens during a test. */
    MountedSpace client(int number, long cacheBytes, Duration writeDelay) throws FsException {
        return MountedSpace.open(
                new ClientConfig(
                        "client " + number,
                        List.of("127.0.0.1:" + port),
                        cacheBytes,
                        null,
                        writeDelay,
                        writeDelay.dividedBy(4),
                        directory.resolve("lost-and-found-" + number)),
                number);
    }

    @Override
    public void close() {
        server.close();
        domain.close();
        cache.close();
    }

    /** There are no other servers. */
    private static final class NowhereElse implements Locator {
        @Override
        public LocateReply locate(LocateRequest request) {
            return LocateReply.getDefaultInstance();
        }

        @Override
        public void link(String prefix, boolean remove) {
            throw new UnsupportedOperationException("no links here");
        }
    }
}
