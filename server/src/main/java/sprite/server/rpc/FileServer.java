package sprite.server.rpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.server.data.Transfers;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.names.Names;
import sprite.server.names.OwnChanges;
import sprite.server.open.Commits;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.OpenFiles;
import sprite.server.prefix.NameChanger;
import sprite.server.session.Grace;
import sprite.server.session.Session;
import sprite.server.session.Sessions;
import sprite.server.session.Traffic;
import sprite.server.status.Activity;

/**
 * A file server: everything between the network and the domains. Thread-safe; {@link #start} and {@link #close} are
 * called once each. The domains are not closed with it.
 */
public final class FileServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FileServer.class);

    /** Netty's own word on strangers who speak no HTTP/2 is a stack trace each; nobody needs to read it. */
    private static final java.util.logging.Logger STRANGERS =
            java.util.logging.Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerTransport.connections");

    /** And on clients who are killed in the middle of a stream: {@link Sessions} tells of those. */
    private static final java.util.logging.Logger KILLED =
            java.util.logging.Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerHandler");

    static {
        STRANGERS.setLevel(java.util.logging.Level.WARNING);
        KILLED.setLevel(java.util.logging.Level.SEVERE);
    }

    private static final int WINDOW_BYTES = 8 << 20;
    private static final long TICK_MILLIS = 500;

    /** After so much silence a client's lease has ended. */
    private static final Duration SILENCE_MAX = Protocol.LEASE.plus(Protocol.SKEW);

    private final ServerParts parts;
    private final Traffic traffic = new Traffic();
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("worker-", 0).factory());
    private final ScheduledExecutorService ticks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("leases").factory());
    private final Exports exports;
    private final StoredRoll roll;
    private final Grace grace;
    private final Sessions sessions;
    private final OpenFiles files;
    private final Transfers transfers;
    private final KeptReplies kept;
    private volatile @Nullable Server server;

    public FileServer(ServerParts parts) {
        this.parts = parts;
        this.exports = new Exports(parts.domains());
        this.roll = new StoredRoll(exports);
        this.grace = grace(roll, parts.nanoTime().getAsLong() + SILENCE_MAX.toNanos());
        this.sessions = new Sessions(
                parts.identity(),
                onWire(parts.domains()),
                parts.nanoTime(),
                traffic,
                workers,
                parts.grantsMax(),
                roll,
                grace);
        long epoch = parts.identity().epoch();
        Commits commits = new Commits(exports, epoch, ticks, workers);
        this.files = new OpenFiles(exports, sessions, parts.clock(), epoch, workers, grace, commits);
        this.transfers = new Transfers(exports, sessions, files, parts.clock(), grace);
        this.kept = new KeptReplies(exports, workers);
        sessions.onDeath(this::bury);
    }

    /** Without a roll nobody can say who must be waited for: then nothing is served. */
    private static Grace grace(StoredRoll roll, long endNanos) {
        try {
            return new Grace(roll.former(), roll.formerStoring(), endNanos);
        } catch (FsException e) {
            throw new IllegalStateException("the roll of clients cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<sprite.common.wire.proto.Domain> onWire(List<Domain> domains) {
        List<sprite.common.wire.proto.Domain> list = new ArrayList<>();
        for (Domain domain : domains) {
            list.add(sprite.common.wire.proto.Domain.newBuilder()
                    .setPrefix(domain.prefix().path())
                    .setNumber(domain.number())
                    .setUuid(domain.uuid().toString())
                    .setRoot(Wire.toWire(domain.root()))
                    .build());
        }
        return list;
    }

    /**
     * Begins to serve on a port.
     *
     * @param port 0: any
     * @param status what the Status call answers, as JSON
     * @return the port
     */
    public int start(String host, int port, Supplier<String> status) throws IOException {
        Server started = NettyServerBuilder.forAddress(new InetSocketAddress(host, port))
                .directExecutor()
                .maxInboundMessageSize(Protocol.MESSAGE_MAX)
                .flowControlWindow(WINDOW_BYTES)
                .withChildOption(ChannelOption.TCP_NODELAY, true)
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .addService(service(status))
                .build()
                .start();
        server = started;
        begin();
        return started.getPort();
    }

    /** What is served, whatever carries it. */
    public ServerServiceDefinition service(Supplier<String> status) {
        LockRequests lockRequests = new LockRequests(parts.locks(), exports, grace);
        Dispatcher dispatcher = new Dispatcher(
                new Names(exports, files, parts.clock()),
                lockRequests,
                new Reopening(exports, files, grace, kept),
                files.commits(),
                kept,
                grace,
                workers);
        var streamParts =
                new SessionStream.Parts(sessions, files, parts.locks(), lockRequests, dispatcher, kept, traffic);
        return new FileService(streamParts, transfers, parts.locator(), status, workers).definition();
    }

    /** Begins to look for clients that have gone silent, and for what they left behind. */
    public void begin() {
        var _ = ticks.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        var _ = grace.over().thenRunAsync(this::freeOrphans, workers);
    }

    private void tick() {
        try {
            sessions.buryTheSilent();
            unmark();
        } catch (RuntimeException bug) {
            log.error("a bug while looking for silent clients", bug);
        }
    }

    /** Takes note of who has had no pages for a while into which programs may have stored; done twice a second. */
    public void unmark() {
        if (grace.isOver()) {
            roll.unmark(files.pages()::writers);
        }
    }

    /** Declares silent clients dead now, by the injected clock; otherwise that is done twice a second. */
    public void buryTheSilent() {
        sessions.buryTheSilent();
    }

    private void bury(Session session) {
        exports.all().forEach(FileServer::fence);
        session.holdings().files().forEach(transfers::fence);
        files.died(session);
        try {
            files.grants().died(session);
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
        parts.locks().releaseAll(session.client());
        kept.ended(session, false);
    }

    /** Waits until no change of names of a session that has ended is under way; later ones will be refused. */
    private static void fence(Export export) {
        export.names().writeLock().lock();
        try {
            log.debug("no change of names in {} is under way", export.domain().prefix());
        } finally {
            export.names().writeLock().unlock();
        }
    }

    /** Files without names that none of the former clients has open. */
    private void freeOrphans() {
        for (Export export : exports.all()) {
            export.names().writeLock().lock();
            try {
                for (FileId file : export.domain().orphans()) {
                    if (!files.isOpen(file)) {
                        var at = sprite.common.file.FileTime.of(parts.clock().instant());
                        var _ = export.domain().apply(new Command.DeleteOrphan(at, file), null, null);
                    }
                }
            } catch (FsException e) {
                log.warn(
                        "files without names in {} could not be freed: {}",
                        export.domain().prefix(),
                        e.error());
            } finally {
                export.names().writeLock().unlock();
            }
        }
    }

    /** What clients do. */
    public Activity activity() {
        return new ServerActivity(sessions, files, traffic, parts.nanoTime());
    }

    /** Changes names as clients do. */
    public NameChanger names() {
        return new OwnChanges(exports, files.grants());
    }

    /** Serves no more. Calls under way are cut off. */
    @Override
    public void close() {
        ticks.shutdownNow();
        Server running = server;
        if (running != null) {
            running.shutdownNow();
            try {
                boolean _ = running.awaitTermination(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        workers.shutdown();
        try {
            boolean _ = workers.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
