package sprite.server.names;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.Credentials;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ServerFrame;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.domain.ReplyKey;
import sprite.server.open.Export;
import sprite.server.open.PageHolders;
import sprite.server.session.GrantKey;
import sprite.server.session.GrantKey.Kind;
import sprite.server.session.Operation;
import sprite.server.session.Request;

/**
 * One change of names or attributes: under an exclusive hold of the names lock finds out what it would falsify, and
 * either carries it out or, if others have been granted some of that, takes it from them, waits without any lock, and
 * tries again. Confined to one attempt at a time.
 */
abstract class Change implements Operation {
    final Room room;
    final Request request;
    final Credentials who;
    private final FileId home;
    private final Set<GrantKey> announced = new TreeSet<>(GrantKey.ORDER);
    private final Map<FileId, PageHolders.Claim> claims = new LinkedHashMap<>();

    Change(Room room, Request request, FileId home, Credentials who) {
        this.room = room;
        this.request = request;
        this.home = home;
        this.who = who;
    }

    @Override
    public final @Nullable CompletableFuture<?> attempt() throws FsException {
        Export export = room.export(home);
        if (answeredShared(export)) {
            return null;
        }
        export.names().writeLock().lock();
        try {
            CompletableFuture<?> wait = tryUnderLock();
            if (wait == null) {
                finished();
            }
            return wait;
        } catch (FsException | RuntimeException e) {
            finished();
            over();
            throw e;
        } finally {
            export.names().writeLock().unlock();
        }
    }

    /** A first try with a shared hold only, where that may do; false if it does not. */
    boolean answeredShared(Export export) throws FsException {
        return false;
    }

    private @Nullable CompletableFuture<?> tryUnderLock() throws FsException {
        if (request.session().isDead()) {
            // Its client asks again in its next session, which does not begin before this lock was free once.
            throw new FsException("change", home + "", FsError.STALE);
        }
        List<GrantKey> falsified = new ArrayList<>();
        CompletableFuture<?> first = prepare(falsified);
        if (first != null) {
            return first;
        }
        List<GrantKey> held = new ArrayList<>();
        for (GrantKey key : falsified) {
            if (!room.grants().isClear(key, request.client())) {
                held.add(key);
            }
        }
        if (held.isEmpty()) {
            return carryOut();
        }
        List<GrantKey> fresh =
                held.stream().filter(key -> !announced.contains(key)).toList();
        announced.addAll(fresh);
        room.grants().announce(fresh, request.client());
        return room.grants().settled(held);
    }

    private void finished() throws FsException {
        if (!announced.isEmpty()) {
            room.grants().finished(announced);
            announced.clear();
        }
    }

    /**
     * Checks whether the change may be made, and adds what it would falsify.
     *
     * @return null, or something else to wait for first
     */
    abstract @Nullable CompletableFuture<?> prepare(List<GrantKey> falsified) throws FsException;

    /** Makes the change and puts the answer on the stream; null, or what to wait for if it is not complete. */
    abstract @Nullable CompletableFuture<?> carryOut() throws FsException;

    /**
     * Has others drop the pages of a file whose data this changes, or copies, until {@link #over}. Null, or what to
     * wait for before trying again.
     */
    final @Nullable CompletableFuture<?> awaitNoPages(FileId file) {
        return claims.computeIfAbsent(file, _ -> room.files().pages().claim(file, request.session()))
                .reserve();
    }

    /** The change has been made, or will not be. */
    void over() {
        claims.values().forEach(PageHolders.Claim::close);
    }

    /** Applies {@code command} and keeps {@code kept} made of its outcome for a client that asks again. */
    final Outcome apply(Command command, Reply kept) throws FsException {
        ReplyKey key = ReplyKey.of(request.client().value(), request.seq());
        return room.domain(home)
                .apply(command, key, outcome -> kept.of(outcome).build().toByteArray());
    }

    /** The answer that an outcome comes to. */
    @FunctionalInterface
    interface Reply {
        ServerFrame.Builder of(Outcome outcome);
    }

    /** Whether the client holds the attributes of {@code file} after its own change. */
    final boolean attributesGranted(Attributes file) throws FsException {
        return give(new GrantKey(Kind.ATTRIBUTES, file.file()));
    }

    /** Whether the client holds the names of {@code directory} after its own change. */
    final boolean namesGranted(Attributes directory) throws FsException {
        return give(new GrantKey(Kind.NAMES, directory.file()));
    }

    /** The attributes as they are to others: with what a client that writes the file has reported. */
    final sprite.common.wire.proto.Attributes current(Attributes stored) throws FsException {
        boolean inUse = room.files().consistency(stored.file()) != null;
        return Wire.toWire(inUse ? room.files().attributes(stored.file()) : stored);
    }

    private boolean give(GrantKey key) throws FsException {
        finished();
        return key.kind() == Kind.ATTRIBUTES
                ? room.files().giveIfAllowed(key.file(), request.session())
                : room.grants().give(key, request.session());
    }
}
