package sprite.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import sprite.common.error.FsException;
import sprite.common.name.Prefix;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.lock.LockTable;
import sprite.server.prefix.HostPort;
import sprite.server.prefix.NameChanger;
import sprite.server.prefix.OwnDomains;
import sprite.server.prefix.PeerExports;
import sprite.server.prefix.Peers;
import sprite.server.prefix.PrefixConflictException;
import sprite.server.prefix.PrefixService;
import sprite.server.status.StatusReport;

/**
 * A server that serves. It comes to be in an order that touches nothing until everything that can be refused without
 * touching has been: the address, the peers' prefixes, then the directories.
 *
 * <p>Thread-safe: immutable once made.
 */
final class RunningServer implements AutoCloseable {
    /** Version of the program, as told by {@code --version} and status. */
    static final String VERSION = "0.1.0";

    private final HostPort listening;

    /** What is to be closed, first first. */
    private final Deque<Runnable> closers;

    private RunningServer(HostPort listening, Deque<Runnable> closers) {
        this.listening = listening;
        this.closers = closers;
    }

    /** The names room, which exists only once clients can be served. Immutable. */
    private record LateNames(CompletableFuture<Rooms.Front> front) implements NameChanger {
        @Override
        public void make(Command.Make command) throws FsException {
            front.join().names().make(command);
        }

        @Override
        public void remove(Command.Remove command) throws FsException {
            front.join().names().remove(command);
        }
    }

    /** Starts a server. If that fails everything is closed again. */
    static RunningServer start(ServerConfig config, Rooms.Maker maker) throws StartException {
        Deque<Runnable> closers = new ArrayDeque<>();
        try {
            return start(config, maker, closers);
        } catch (StartException | RuntimeException e) {
            closers.forEach(Runnable::run);
            throw e;
        } catch (PrefixConflictException e) {
            closers.forEach(Runnable::run);
            throw new StartException(String.valueOf(e.getMessage()));
        }
    }

    /** Where it listens, with the port that was free. */
    HostPort listening() {
        return listening;
    }

    /** Takes leave of the clients, makes everything durable and lets go of the directories. Call once. */
    @Override
    public void close() {
        closers.forEach(Runnable::run);
    }

    private static RunningServer start(ServerConfig config, Rooms.Maker maker, Deque<Runnable> closers)
            throws StartException, PrefixConflictException {
        InetSocketAddress address = ListenAddress.free(config);
        HostPort reachable = config.reachableAt(config.listen().port());
        Peers peers = new Peers(config.peers().stream()
                .filter(peer -> !peer.equals(reachable) && !peer.equals(config.listen()))
                .toList());
        closers.addFirst(peers::close);
        PeerExports elsewhere = peers.exports();
        elsewhere.refusePrefixes(config.domains().keySet());

        Rooms rooms = maker.make(config);
        closers.addFirst(rooms::close);
        OwnDomains domains = new OwnDomains(open(config, rooms, closers));
        elsewhere.refuseNumbers(domains);

        LockTable locks = new LockTable();
        CompletableFuture<Rooms.Front> front = new CompletableFuture<>();
        CompletableFuture<StatusReport> report = new CompletableFuture<>();
        PrefixService prefixes = new PrefixService(domains, peers, reachable, new LateNames(front), Clock.systemUTC());
        Supplier<String> status = () -> report.join().json();
        Rooms.Front serving = serve(config, rooms, new Rooms.Serving(address, domains, prefixes, locks, status));
        closers.addFirst(serving::close);

        HostPort listening = config.listen().withPort(serving.port());
        prefixes.reachableAt(config.reachableAt(serving.port()));
        front.complete(serving);
        report.complete(new StatusReport(
                VERSION,
                Clock.systemUTC().instant(),
                listening.toString(),
                domains.all(),
                Map.copyOf(config.domains()),
                serving.activity(),
                rooms::cache,
                locks,
                Clock.systemUTC()));
        return new RunningServer(listening, closers);
    }

    private static List<Domain> open(ServerConfig config, Rooms rooms, Deque<Runnable> closers) throws StartException {
        List<Domain> domains = new ArrayList<>();
        for (Map.Entry<Prefix, Path> entry : config.domains().entrySet()) {
            Domain domain = rooms.open(entry.getKey(), entry.getValue());
            closers.addFirst(domain::close);
            domains.add(domain);
        }
        refuseEqualNumbers(domains);
        return domains;
    }

    private static void refuseEqualNumbers(List<Domain> domains) throws StartException {
        Map<Integer, Domain> byNumber = new HashMap<>();
        for (Domain domain : domains) {
            Domain other = byNumber.put(domain.number(), domain);
            if (other != null) {
                throw new StartException("the domains of " + other.prefix() + " and " + domain.prefix()
                        + " have the same number " + domain.number()
                        + ": they are copies of one domain; serve only one of them");
            }
        }
    }

    private static Rooms.Front serve(ServerConfig config, Rooms rooms, Rooms.Serving serving) throws StartException {
        try {
            return rooms.serve(serving);
        } catch (IOException e) {
            throw ListenAddress.refusal(config.listen(), e);
        }
    }
}
