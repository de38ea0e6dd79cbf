package sprite.server;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import sprite.common.error.FsException;
import sprite.server.domain.Domain;
import sprite.server.prefix.NameChanger;
import sprite.server.rpc.FileServer;
import sprite.server.rpc.ServerParts;
import sprite.server.session.MachineRun;
import sprite.server.session.ServerIdentity;
import sprite.server.status.Activity;

/** {@link FileServer}, as {@link RunningServer} wants it. Thread-safe: immutable. */
record StandardFront(FileServer server, int port) implements Rooms.Front {
    /** Begins a new epoch, and to serve. */
    static StandardFront start(Rooms.Serving serving) throws IOException {
        List<Domain> domains = serving.domains().all();
        FileServer server = new FileServer(new ServerParts(
                identity(domains), domains, serving.locks(), serving.locator(), Clock.systemUTC(), System::nanoTime));
        try {
            String host = serving.listen().getAddress().getHostAddress();
            return new StandardFront(server, server.start(host, serving.listen().getPort(), serving.status()));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
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
