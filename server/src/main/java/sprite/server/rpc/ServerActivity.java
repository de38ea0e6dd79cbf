package sprite.server.rpc;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.server.open.OpenFiles;
import sprite.server.session.Session;
import sprite.server.session.Sessions;
import sprite.server.session.Traffic;
import sprite.server.status.Activity;
import sprite.server.status.ServerStatus;

/** What clients do, for the status. Thread-safe: immutable. */
record ServerActivity(Sessions sessions, OpenFiles files, Traffic traffic, LongSupplier nanoTime) implements Activity {
    @Override
    public List<ServerStatus.Client> clients() {
        List<ServerStatus.Client> clients = new ArrayList<>();
        long now = nanoTime.getAsLong();
        for (Session session : sessions.all()) {
            clients.add(new ServerStatus.Client(
                    session.client() + "",
                    session.name(),
                    (now - session.bornNanos()) / 1_000_000_000,
                    Protocol.LEASE.toMillis() - (now - session.heardNanos()) / 1_000_000,
                    session.holdings().fileCount(),
                    session.holdings().grantCount()));
        }
        return clients;
    }

    @Override
    public int openFiles() {
        return files.openCount();
    }

    @Override
    public List<FileId> writeShared() {
        return files.writeShared();
    }

    @Override
    public ServerStatus.Commits commits() {
        return files.commits().status();
    }

    @Override
    public ServerStatus.Wire wire() {
        Traffic.Totals totals = traffic.totals();
        return new ServerStatus.Wire(
                totals.messagesOut(),
                totals.messagesIn(),
                totals.bytesOut(),
                totals.bytesIn(),
                totals.callbacks(),
                files.recalls());
    }
}
