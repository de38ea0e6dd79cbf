package sprite.server.names;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;
import sprite.server.domain.Command;
import sprite.server.open.Export;
import sprite.server.open.Exports;
import sprite.server.open.Grants;
import sprite.server.prefix.NameChanger;
import sprite.server.session.GrantKey;

/** Changes of names that the server itself makes: as a client that holds nothing. Thread-safe: immutable. */
public record OwnChanges(Exports exports, Grants grants) implements NameChanger {
    private static final ClientId SERVER = new ClientId(0);

    @Override
    public void make(Command.Make command) throws FsException {
        change(command.directory(), command);
    }

    @Override
    public void remove(Command.Remove command) throws FsException {
        change(command.directory(), command);
    }

    private void change(FileId directory, Command command) throws FsException {
        Export export = exports.of(directory);
        List<GrantKey> falsified = List.of(GrantKey.names(directory), GrantKey.attributes(directory));
        boolean announced = false;
        while (true) {
            CompletableFuture<?> wait;
            export.names().writeLock().lock();
            try {
                boolean clear = true;
                for (GrantKey key : falsified) {
                    clear &= grants.isClear(key, SERVER);
                }
                if (clear) {
                    try {
                        var _ = export.domain().apply(command, null, null);
                        return;
                    } finally {
                        if (announced) {
                            grants.finished(falsified);
                        }
                    }
                }
                if (!announced) {
                    grants.announce(falsified, SERVER);
                    announced = true;
                }
                wait = grants.settled(falsified);
            } finally {
                export.names().writeLock().unlock();
            }
            Object _ = wait.join();
        }
    }
}
