package sprite.client.simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import sprite.client.config.ClientConfig;
import sprite.client.space.MountedSpace;
import sprite.common.error.FsException;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileName;
import sprite.common.name.Prefix;
import sprite.server.domain.Command;
import sprite.server.lock.LockTable;
import sprite.server.rpc.FileServer;
import sprite.server.rpc.ServerParts;
import sprite.server.session.ServerIdentity;

/**
 * The servers of a world and the clients that they have: the real ones, on simulated nodes. Confined to the world's
 * carrier.
 */
final class Fleet {
    /** Where data goes that no server takes: nowhere, since that is not to happen. */
    private static final Path NOWHERE = Path.of("/dev/null");

    /**
     * Sprite's, and less where data is not to stay dirty for long; six refusals in a row must take longer than it takes
     * to notice that a session is lost, for then a client gives its data up.
     */
    private static final Duration SCAN = Duration.ofSeconds(5);

    /** So far apart from time two clocks together may lose less than the second that the server adds to a lease. */
    private static final int SKEW_PER_MILLE = 40;

    private final Scheduler scheduler;
    private final Network network;
    private final SplittableRandom random;
    private final int grantsMax;
    private final boolean skewed;
    private final List<Site> sites = new ArrayList<>();

    /** A server's place: its address and its disk outlive the process. */
    static final class Site {
        final String address;
        final MemoryDomain domain;
        Node node;

        /** Runs of the machine. */
        private int runs;

        private Site(String address, MemoryDomain domain, Node node) {
            this.address = address;
            this.domain = domain;
            this.node = node;
        }
    }

    /**
     * Nobody yet.
     *
     * @param grantsMax most grants of a client at each server
     * @param skewed whether clocks run at speeds of their own, as far apart as the protocol allows
     */
    Fleet(Scheduler scheduler, Network network, SplittableRandom random, int grantsMax, boolean skewed) {
        this.grantsMax = grantsMax;
        this.skewed = skewed;
        this.scheduler = scheduler;
        this.network = network;
        this.random = random;
    }

    List<Site> sites() {
        return sites;
    }

    private Node node(String name) {
        long offset = random.nextLong(1L << 40);
        int perMille = skewed ? (int) (offset % (2 * SKEW_PER_MILLE + 1)) - SKEW_PER_MILLE : 0;
        return new Node(name, scheduler, network, offset, perMille);
    }

    /** A server with an empty domain; the first one's is "/", the others hang below it. */
    void addServer(String prefix) {
        FileTime made = FileTime.of(new VirtualClock(node("nobody")).instant());
        MemoryDomain domain = new MemoryDomain(new Prefix(prefix), sites.size() + 1, made, network.bug());
        Site site = new Site("server" + (sites.size() + 1) + ":1", domain, node("server" + (sites.size() + 1)));
        if (!sites.isEmpty()) {
            try {
                var _ = sites.getFirst()
                        .domain
                        .apply(
                                new Command.Make(
                                        made,
                                        sites.getFirst().domain.root(),
                                        FileName.ofText(prefix.substring(1)),
                                        FileType.REMOTE_LINK,
                                        0777,
                                        0,
                                        0,
                                        0,
                                        null,
                                        new Prefix(prefix)),
                                null,
                                null);
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        }
        sites.add(site);
        start(site);
    }

    /** Starts the server process of a site. */
    void start(Site site) {
        Node node = site.node;
        node.start("main", () -> {
            long epoch = site.domain.epoch() + 1;
            site.domain.storeEpoch(epoch);
            FileServer server = new FileServer(new ServerParts(
                    new ServerIdentity("" + site.domain.uuid(), epoch, node.run()),
                    List.of(site.domain),
                    new LockTable(),
                    new Whereabouts(sites),
                    new VirtualClock(node),
                    node::nanoTime,
                    grantsMax));
            network.listen(site.address, node, server.service(() -> "{}"));
            server.begin();
        });
    }

    /** Whether all servers serve. */
    boolean isServing() {
        return sites.stream().allMatch(site -> network.isServed(site.address));
    }

    /** The server process ends, here and now; another one begins on the same disk. */
    void restart(Site site, boolean machineToo, Duration pause) {
        Node old = site.node;
        old.die();
        network.died(old);
        if (machineToo) {
            site.domain.loseUnsynced();
            site.runs++;
        }
        site.node = node(old.toString()).inRun(new UUID(0, site.runs));
        Node next = site.node;
        var _ = scheduler.after(pause, () -> {
            if (site.node == next) {
                start(site);
            }
        });
    }

    /** A machine for a client. */
    Node addClient(int number) {
        return node("client" + number);
    }

    /** Mounts, on a thread of the client's machine. */
    MountedSpace mount(Node node, int number, long cacheBytes, Duration writeDelay) throws FsException {
        network.enter(number, node);
        return MountedSpace.open(
                new ClientConfig(
                        node.toString(),
                        List.of(sites.getFirst().address),
                        cacheBytes,
                        null,
                        writeDelay,
                        writeDelay.compareTo(SCAN) > 0 ? SCAN : Duration.ofSeconds(2),
                        NOWHERE.resolve(node.toString())),
                number);
    }
}
