package sprite.server.open;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.consistency.ClientId;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenSeq;
import sprite.server.session.CallbackHandler;
import sprite.server.session.Grace;
import sprite.server.session.GrantKey;
import sprite.server.session.Session;
import sprite.server.session.Sessions;

/**
 * Takes the core's steps and carries out their effects. Every method but the handlers of callbacks runs with the file's
 * entry locked, under a hold of the domain's names lock; none waits for a client. Thread-safe.
 */
final class FileSteps {
    private final InUse inUse;
    private final StoredFiles stored;
    private final Sessions sessions;
    private final long epoch;
    private final Executor workers;
    private final Grants grants;
    private final Grace grace;
    private final Commits commits;
    private final AtomicLong lastOpen = new AtomicLong();
    private final LongAdder recalls = new LongAdder();

    FileSteps(
            InUse inUse,
            StoredFiles stored,
            Sessions sessions,
            long epoch,
            Executor workers,
            Grants grants,
            Grace grace,
            Commits commits) {
        this.inUse = inUse;
        this.stored = stored;
        this.sessions = sessions;
        this.epoch = epoch;
        this.workers = workers;
        this.grants = grants;
        this.grace = grace;
        this.commits = commits;
    }

    long recalls() {
        return recalls.sum();
    }

    /** Asks the core for what is wished. The answer comes before this returns, or later. */
    void ask(FileEntry entry, FileUse use, OpenWish wish) throws FsException {
        ClientId client = wish.session().client();
        OpenSeq seq = new OpenSeq(epoch, lastOpen.incrementAndGet());
        Event.Request request = wish.asking().numbered(seq);
        use.waiting.put(seq, new FileUse.Waiting(wish, false));
        step(entry, use, request);
        if (request.writes() && use.waiting.containsKey(seq)) {
            // Until it is answered nobody may be granted what it will falsify.
            entry.attributes.become(entry.attributes.grant().announce(client).next());
            use.waiting.put(seq, new FileUse.Waiting(wish, true));
        }
        settle(entry, use, client);
    }

    void step(FileEntry entry, FileUse use, Event event) {
        Set<ClientId> concerned = concerned(use);
        var step = FileConsistency.step(use.state, event);
        use.state = step.next();
        for (Effect effect : step.effects()) {
            switch (effect) {
                case Effect.RaiseVersion raise -> stored.raiseVersion(entry.file, raise);
                case Effect.Recall recall -> recall(entry, use, recall);
                case Effect.Commit commit -> commit(entry, use, commit);
                case Effect.Reply reply -> answer(entry, use, reply.seq(), wish -> granted(entry, use, reply, wish));
                case Effect.Refuse refuse ->
                    answer(entry, use, refuse.seq(), wish -> wish.answer().refused(reason(refuse.reason())));
            }
        }
        concerned.addAll(concerned(use));
        concerned.forEach(client -> index(entry, use, client));
    }

    private static Set<ClientId> concerned(FileUse use) {
        Set<ClientId> clients = new TreeSet<>(use.state.now().uses().keySet());
        ClientId writer = use.state.now().lastWriter();
        if (writer != null) {
            clients.add(writer);
        }
        return clients;
    }

    private void index(FileEntry entry, FileUse use, ClientId client) {
        Session session = sessions.living(client);
        if (session != null) {
            session.holdings().uses(entry.file, use.holdingsOf(client));
        }
    }

    private static FsError reason(Effect.Reason reason) {
        return switch (reason) {
            case TEXT_BUSY -> FsError.TEXT_BUSY;
            case NO_SPACE -> FsError.NO_SPACE;
            case IMPOSSIBLE_VERSION -> FsError.BAD_REQUEST;
            case VERSION_MISMATCH -> FsError.STALE;
            case NOT_COMMITTED -> FsError.IO;
        };
    }

    /** Mostly there is nothing to commit; else the state waits, and nobody's thread but a worker's. */
    private void commit(FileEntry entry, FileUse use, Effect.Commit commit) {
        if (!commits.isUncommitted(entry.file)) {
            step(entry, use, new Event.Committed(commit.client(), commit.seq(), true));
            return;
        }
        workers.execute(() -> {
            boolean done = false;
            try {
                done = commits.handOver(entry.file);
            } finally {
                committed(entry.file, commit, done);
            }
        });
    }

    private void committed(FileId file, Effect.Commit commit, boolean done) {
        inUse.quietly(file, (locked, now) -> {
            step(locked, now, new Event.Committed(commit.client(), commit.seq(), done));
            settle(locked, now, commit.client());
        });
    }

    // ------------------------------------------------------------------------------------------------------- answers

    /** Something done with a wish whose time has come. */
    private interface Answering {
        void run(OpenWish wish) throws FsException;
    }

    private static void answer(FileEntry entry, FileUse use, OpenSeq seq, Answering how) {
        FileUse.Waiting waiting = use.waiting.remove(seq);
        if (waiting == null) {
            return;
        }
        if (waiting.announced()) {
            entry.attributes.become(entry.attributes.grant().finished());
        }
        try {
            how.run(waiting.wish());
        } catch (FsException e) {
            waiting.wish().answer().refused(e.error());
        }
    }

    private void granted(FileEntry entry, FileUse use, Effect.Reply reply, OpenWish wish) throws FsException {
        OpenWish.Alteration alteration = wish.alteration();
        Event.Request request = wish.asking().numbered(reply.seq());
        boolean done = false;
        try {
            if (alteration != null) {
                var _ = alteration.alter();
            }
            Attributes attributes = stored.attributes(entry.file);
            if (attributes.version() < reply.version().value()) {
                throw new FsException("open", entry.file + "", FsError.IO);
            }
            Overlay overlay = use.overlay;
            if (alteration != null && overlay != null) {
                use.overlay = overlay.changed(attributes.size(), attributes.modified());
            }
            boolean mayKeep = use.state.attributesMayBeCachedBy(reply.client());
            boolean granted = mayKeep && grants.give(entry, GrantKey.Kind.ATTRIBUTES, wish.session());
            if (alteration == null) {
                use.told.put(reply.client(), reply.seq());
            }
            wish.answer().granted(new OpenWish.Opened(use.merged(attributes), granted, reply.seq(), reply.cacheable()));
            done = true;
        } finally {
            switch (request) {
                case Event.Change change -> step(entry, use, new Event.Changed(change.client(), change.seq()));
                case Event.Open open -> {
                    if (!done) {
                        step(entry, use, new Event.Close(open.client(), open.mode(), false));
                    }
                }
                case Event.Reopen _ -> {} // refused only by a broken disk; the client will say it again
            }
        }
    }

    // ------------------------------------------------------------------------------------------------------- recalls

    private void recall(FileEntry entry, FileUse use, Effect.Recall recall) {
        ClientId client = recall.client();
        Session session = sessions.living(client);
        boolean attributesToo =
                recall.invalidate() && entry.attributes.grant().holders().contains(client);
        if (attributesToo) {
            entry.attributes.become(entry.attributes.grant().recalled(client));
        }
        Recalled recalled = new Recalled(entry.file, client, attributesToo);
        use.recalls.put(client, recalled);
        if (session == null) {
            workers.execute(recalled::died);
            return;
        }
        if (attributesToo) {
            session.holdings().revoked(GrantKey.attributes(entry.file));
        }
        recalls.increment();
        Callback.Builder callback = use.callback(entry.file, client)
                .setWriteBack(recall.writeBack())
                .setInvalidate(recall.invalidate())
                .setRevokeAttributes(attributesToo);
        session.call(callback, recalled);
    }

    /** Waits for the answer to one recall; its identity tells a late answer from one to a newer recall. */
    private final class Recalled implements CallbackHandler {
        private final FileId file;
        private final ClientId client;
        private final boolean attributesToo;

        Recalled(FileId file, ClientId client, boolean attributesToo) {
            this.file = file;
            this.client = client;
            this.attributesToo = attributesToo;
        }

        @Override
        public void done(CallbackDone done) {
            forgot();
            inUse.quietly(file, (entry, use) -> {
                if (use.recalls.remove(client, this)) {
                    obeyed(entry, use, done);
                }
            });
        }

        private void obeyed(FileEntry entry, FileUse use, CallbackDone done) {
            Reported.take(use, client, done.getReport());
            boolean full = done.getError().equals(FsError.NO_SPACE.name());
            Overlay overlay = use.overlay;
            if (!full && overlay != null && overlay.writer().equals(client)) {
                reportIsTrue(file, use);
            }
            Event.Outcome outcome = full ? Event.Outcome.NO_SPACE : Event.Outcome.OBEYED;
            step(entry, use, new Event.Done(client, outcome));
            settle(entry, use, client);
        }

        /** Whoever buries the client tells the files that it has open; it may have closed this one meanwhile. */
        @Override
        public void died() {
            forgot();
            inUse.quietly(file, (entry, use) -> {
                if (use.recalls.remove(client, this)) {
                    forgetReport(entry, use, client); // it may not be buried yet
                    step(entry, use, new Event.Died(client));
                    settle(entry, use, client);
                }
            });
        }

        private void forgot() {
            if (attributesToo) {
                grants.obeyed(List.of(GrantKey.attributes(file)), client);
            }
        }
    }

    /** What a client that is dead had of the file; what it wrote and did not send is lost. */
    void died(FileEntry entry, FileUse use, Session session) {
        ClientId client = session.client();
        forgetReport(entry, use, client);
        use.recalls.remove(client);
        use.waiting.values().removeIf(open -> {
            boolean gone = open.wish().session() == session;
            if (gone && open.announced()) {
                entry.attributes.become(entry.attributes.grant().finished());
            }
            return gone;
        });
        step(entry, use, new Event.Died(client));
        settle(entry, use, client);
    }

    /** What the dead have reported of data that did not come. */
    private void forgetReport(FileEntry entry, FileUse use, ClientId dead) {
        Overlay overlay = use.overlay;
        if (overlay != null && overlay.writer().equals(dead)) {
            use.overlay = null;
            grants.takeAttributesFromAll(entry.file);
        }
    }

    // ------------------------------------------------------------------------------------------------------- reports

    /**
     * Asks the client that owns the attributes for them. The answer is for this one request: whoever asks later may
     * know of something newer, and if the client is truncating, what it says is true of the past alone.
     */
    CompletableFuture<?> askAuthority(FileEntry entry, FileUse use, ClientId authority) {
        CompletableFuture<@Nullable Overlay> answer = new CompletableFuture<>();
        Session session = sessions.living(authority);
        if (session == null) {
            answer.complete(null);
            return answer;
        }
        Callback.Builder callback = use.callback(entry.file, authority).setReportAttributes(true);
        session.call(callback, new CallbackHandler() {
            @Override
            public void done(CallbackDone done) {
                answer.complete(Reported.told(authority, done.getReport()));
            }

            @Override
            public void died() {
                answer.complete(null);
            }
        });
        return answer;
    }

    // ----------------------------------------------------------------------------------------------------- afterwards

    /** After every event: stores what the last writer reported if its blocks have come, and forgets what is over. */
    void settle(FileEntry entry, FileUse use, ClientId client) {
        Overlay overlay = use.overlay;
        if (overlay != null && !use.state.mayWriteBack(overlay.writer())) {
            reportIsTrue(entry.file, use);
        }
        if (use.state.now().use(client).opens() == 0) {
            use.told.remove(client);
        }
        index(entry, use, client);
        // In grace others may have it open and not have said so yet; what is left over then is freed afterwards.
        if (use.nameless && use.isClosed() && use.waiting.isEmpty() && grace.isOver()) {
            use.nameless = false;
            forgetDirty(entry, use, null);
            workers.execute(() -> stored.deleteOrphan(entry.file, () -> isClosed(entry)));
        }
        if (use.isUnused()) {
            entry.use = null;
        }
    }

    private static boolean isClosed(FileEntry entry) {
        FileUse use = entry.use;
        return use == null || use.isClosed();
    }

    /** The file is gone or going: its last writer need not write what it has. {@code knows} is not told. */
    void forgetDirty(FileEntry entry, FileUse use, @Nullable ClientId knows) {
        ClientId writer = use.state.now().lastWriter();
        use.overlay = null;
        if (writer != null) {
            Session session = sessions.living(writer);
            if (session != null && !writer.equals(knows)) {
                session.call(use.callback(entry.file, writer).setDelete(true), Ignored.ANSWER);
            }
            step(entry, use, new Event.Died(writer));
        }
        if (use.isUnused()) {
            entry.use = null;
        }
    }

    /** The blocks are here: what was said of them becomes true. */
    private void reportIsTrue(FileId file, FileUse use) {
        Overlay overlay = use.overlay;
        use.overlay = null;
        if (overlay != null) {
            stored.setModified(file, overlay.modified());
        }
    }
}
