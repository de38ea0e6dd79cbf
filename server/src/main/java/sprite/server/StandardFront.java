package sprite.server;

import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.server.control.DumpSocket;
import sprite.server.domain.Domain;
import sprite.server.domain.dump.ServedDomain;
import sprite.server.domain.store.RocksDomain;
import sprite.server.prefix.NameChanger;
import sprite.server.rpc.FileServer;
import sprite.server.rpc.ServerParts;
import sprite.server.session.MachineRun;
import sprite.server.session.ServerIdentity;
import sprite.server.status.Activity;

/** {@link FileServer}, as {@link RunningServer} wants it, and what hands out dumps. Thread-safe: immutable. */
record StandardFront(FileServer server, int port, List<DumpSocket> dumps) implements Rooms.Front {
    private static final Logger log = LoggerFactory.getLogger(StandardFront.class);

    /**
     * Begins a new epoch, and to serve.
     *
     * @param stores all domains that can be dumped meanwhile
     * @param grantsMax most grants of a client
     */
    static StandardFront start(Rooms.Serving serving, List<RocksDomain> stores, int grantsMax) throws IOException {
        List<Domain> domains = serving.domains().all();
        FileServer server = new FileServer(new ServerParts(
                identity(domains),
                domains,
                serving.locks(),
                serving.locator(),
                Clock.systemUTC(),
                System::nanoTime,
                grantsMax));
        List<DumpSocket> dumps = new ArrayList<>();
        try {
            for (RocksDomain store : stores) {
                offerDumps(store, dumps);
            }
            String host = serving.listen().getAddress().getHostAddress();
            int port = server.start(host, serving.listen().getPort(), serving.status());
            return new StandardFront(server, port, List.copyOf(dumps));
        } catch (IOException | RuntimeException e) {
            dumps.forEach(DumpSocket::close);
            server.close();
            throw e;
        }
    }

    /** Where that cannot be, files can be served all the same. */
    private static void offerDumps(RocksDomain store, List<DumpSocket> dumps) {
        try {
            dumps.add(DumpSocket.start(new ServedDomain(store)));
        } catch (IOException e) {
            log.warn("{} cannot be dumped while it is served: {}", store.prefix(), e.getMessage());
        }
    }

    @Override
    public NameChanger names() {
        return server.names();
    }

    @Override
    public Activity activity() {
        return server.activity();
    }

    @Override
    public void close() {
        dumps.forEach(DumpSocket::close);
        server.close();
    }

    /** Named by its first domain; its epoch is higher than any that one of its domains has seen, and stored in all. */
    private static ServerIdentity identity(List<Domain> domains) throws IOException {
        long epoch = domains.stream().mapToLong(Domain::epoch).max().orElse(0) + 1;
        for (Domain domain : domains) {
            try {
                domain.storeEpoch(epoch);
            } catch (FsException e) {
                throw new IOException("no new epoch can be stored: " + e.getMessage(), e);
            }
        }
        return new ServerIdentity(domains.getFirst().uuid().toString(), epoch, MachineRun.current());
    }
}
