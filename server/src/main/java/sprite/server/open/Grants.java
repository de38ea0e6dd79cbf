package sprite.server.open;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.consistency.ClientId;
import sprite.consistency.Grant;
import sprite.server.session.CallbackHandler;
import sprite.server.session.GrantKey;
import sprite.server.session.Session;
import sprite.server.session.Sessions;

/**
 * Grants of names and attributes: gives them, and takes them back before something that they speak of changes.
 *
 * <p>Giving needs a shared hold of the domain's names lock, from before the thing is read until the reply is on the
 * stream; taking needs an exclusive one. Thread-safe: each grant is in its file's entry.
 */
public final class Grants {
    private final FileTable table;
    private final Exports exports;
    private final Sessions sessions;
    private final Executor workers;
    private final LongAdder given = new LongAdder();

    Grants(FileTable table, Exports exports, Sessions sessions, Executor workers) {
        this.table = table;
        this.exports = exports;
        this.sessions = sessions;
        this.workers = workers;
    }

    /** How many grants were ever given. */
    public long given() {
        return given.sum();
    }

    /** Gives {@code key}, unless a change is under way. Returns whether the client holds it now. */
    public boolean give(GrantKey key, Session session) throws FsException {
        return table.with(key.file(), entry -> give(entry, key.kind(), session));
    }

    boolean give(FileEntry entry, GrantKey.Kind kind, Session session) {
        GrantCell cell = entry.cell(kind);
        GrantKey key = new GrantKey(kind, entry.file);
        if (cell.grant().holders().contains(session.client())) {
            session.holdings().askedAgain(key);
            return true;
        }
        if (!cell.grant().isOpen()) {
            return false;
        }
        List<GrantKey> tooMany = session.holdings().granted(key);
        cell.become(cell.grant().granted(session.client()));
        if (session.isDead()) {
            // Its holdings may have been cleared away before this one was entered.
            cell.become(cell.grant().died(session.client()));
            session.holdings().revoked(key);
            return false;
        }
        given.increment();
        if (!tooMany.isEmpty()) {
            workers.execute(() -> takeBack(tooMany, session));
        }
        return true;
    }

    /** Whether nobody but {@code changer} holds or owes {@code key}. */
    public boolean isClear(GrantKey key, ClientId changer) throws FsException {
        if (table.glance(key.file()) == null) {
            return true;
        }
        return table.with(key.file(), entry -> entry.cell(key.kind()).grant().isClearFor(changer));
    }

    /**
     * Announces a change of {@code keys} by {@code changer}, once: everybody else is told to forget, and nobody is
     * granted them until {@link #finished}. Needs an exclusive hold of the names lock.
     */
    public void announce(Collection<GrantKey> keys, ClientId changer) throws FsException {
        Map<ClientId, Map<FileId, List<GrantKey>>> taken = new TreeMap<>();
        for (GrantKey key : keys) {
            Grant.Announced announced = table.with(key.file(), entry -> {
                GrantCell cell = entry.cell(key.kind());
                Grant.Announced step = cell.grant().announce(changer);
                cell.become(step.next());
                return step;
            });
            for (ClientId client : announced.revoked()) {
                taken.computeIfAbsent(client, _ -> new TreeMap<>())
                        .computeIfAbsent(key.file(), _ -> new ArrayList<>())
                        .add(key);
            }
        }
        taken.forEach((client, files) -> files.forEach((file, from) -> revoke(client, file, from)));
    }

    /** Takes a grant from all others, without a change. Needs an exclusive hold of the names lock. */
    public void takeBack(GrantKey key, ClientId butFor) throws FsException {
        announce(List.of(key), butFor);
        finished(List.of(key));
    }

    /** Completes when nobody owes any of {@code keys}. */
    public CompletableFuture<?> settled(Collection<GrantKey> keys) throws FsException {
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (GrantKey key : keys) {
            all.add(table.with(key.file(), entry -> entry.cell(key.kind()).settled()));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** The announced change of {@code keys} is over, done or given up. */
    public void finished(Collection<GrantKey> keys) throws FsException {
        for (GrantKey key : keys) {
            table.<@Nullable Void>with(key.file(), entry -> {
                GrantCell cell = entry.cell(key.kind());
                cell.become(cell.grant().finished());
                return null;
            });
        }
    }

    /** The file is gone for good, and with it what was granted of it. Needs an exclusive hold of the names lock. */
    public void gone(GrantKey key) throws FsException {
        table.<@Nullable Void>with(key.file(), entry -> {
            GrantCell cell = entry.cell(key.kind());
            for (ClientId holder : cell.grant().holders()) {
                Session session = sessions.living(holder);
                if (session != null) {
                    session.holdings().revoked(key);
                }
                cell.become(cell.grant().died(holder));
            }
            return null;
        });
    }

    /** A client is dead: it holds nothing. What it owes is settled by its callbacks. */
    public void died(Session session) throws FsException {
        for (GrantKey key : session.holdings().grants()) {
            table.<@Nullable Void>with(key.file(), entry -> {
                GrantCell cell = entry.cell(key.kind());
                cell.become(cell.grant().died(session.client()));
                return null;
            });
        }
    }

    /** What is granted of the file's attributes is not so any more: takes it from everybody, without waiting. */
    void takeAttributesFromAll(FileId file) {
        workers.execute(() -> {
            FileEntry entry = table.glance(file);
            if (entry != null) {
                for (Session session : sessions.all()) {
                    takeBack(List.of(GrantKey.attributes(file)), session);
                }
            }
        });
    }

    /** Takes grants from one client, without waiting for it to obey. */
    private void takeBack(List<GrantKey> keys, Session session) {
        for (GrantKey key : keys) {
            try {
                Export export = exports.of(key.file());
                export.names().writeLock().lock();
                try {
                    boolean held = table.with(key.file(), entry -> {
                        GrantCell cell = entry.cell(key.kind());
                        boolean holds = cell.grant().holders().contains(session.client());
                        if (holds) {
                            cell.become(cell.grant().recalled(session.client()));
                        }
                        return holds;
                    });
                    if (held) {
                        revoke(session.client(), key.file(), List.of(key));
                    }
                } finally {
                    export.names().writeLock().unlock();
                }
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Sends one message that takes {@code keys}, all of {@code file}, from a client that owes them now. */
    private void revoke(ClientId client, FileId file, List<GrantKey> keys) {
        CallbackHandler handler = new CallbackHandler() {
            @Override
            public void done(CallbackDone done) {
                obeyed(keys, client);
            }

            @Override
            public void died() {
                obeyed(keys, client);
            }
        };
        Session session = sessions.living(client);
        if (session == null) {
            workers.execute(handler::died);
            return;
        }
        Callback.Builder callback = Callback.newBuilder().setFile(Wire.toWire(file));
        for (GrantKey key : keys) {
            session.holdings().revoked(key);
            switch (key.kind()) {
                case NAMES -> callback.setRevokeNames(true);
                case ATTRIBUTES -> callback.setRevokeAttributes(true);
            }
        }
        session.call(callback, handler);
    }

    void obeyed(List<GrantKey> keys, ClientId client) {
        for (GrantKey key : keys) {
            try {
                table.<@Nullable Void>with(key.file(), entry -> {
                    GrantCell cell = entry.cell(key.kind());
                    cell.become(cell.grant().obeyed(client));
                    return null;
                });
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
