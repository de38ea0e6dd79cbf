package sprite.server.open;

import java.time.Clock;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.consistency.ClientId;
import sprite.consistency.Effect;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;
import sprite.server.domain.Command;
import sprite.server.domain.Domain;
import sprite.server.session.CallbackHandler;
import sprite.server.session.GrantKey;
import sprite.server.session.Session;
import sprite.server.session.Sessions;

/**
 * The open files: asks {@link FileConsistency} about each event, in order, and carries out what it says. Every event of
 * a file is one hold of its entry's lock, under a shared hold of the domain's names lock; effects are carried out
 * within it, so what a client hears of a file it hears in the order of the decisions.
 *
 * <p>Thread-safe. No method waits for a client.
 */
public final class OpenFiles {
    private static final Logger log = LoggerFactory.getLogger(OpenFiles.class);

    private final FileTable table = new FileTable();
    private final Exports exports;
    private final Sessions sessions;
    private final Clock clock;
    private final long epoch;
    private final Executor workers;
    private final Grants grants;
    private final AtomicLong lastOpen = new AtomicLong();
    private final LongAdder recalls = new LongAdder();

    /**
     * No open files.
     *
     * @param epoch the server's, for open sequence numbers
     * @param workers runs what may take time
     */
    public OpenFiles(Exports exports, Sessions sessions, Clock clock, long epoch, Executor workers) {
        this.exports = exports;
        this.sessions = sessions;
        this.clock = clock;
        this.epoch = epoch;
        this.workers = workers;
        this.grants = new Grants(table, exports, sessions, workers);
    }

    /** The grants of names and attributes, which share the files' entries. */
    public Grants grants() {
        return grants;
    }

    /** How many clients were asked to write back or to drop what they cached. */
    public long recalls() {
        return recalls.sum();
    }

    /** How many files are open, and how many of these more than one client uses while one of them may write. */
    public Counts counts() {
        int open = 0;
        int shared = 0;
        for (FileEntry entry : table.all()) {
            FileUse use = entry.use;
            if (use != null && !use.state.now().uses().isEmpty()) {
                open++;
                var uses = use.state.now().uses().values();
                if (uses.size() > 1 && uses.stream().anyMatch(u -> u.writers() > 0)) {
                    shared++;
                }
            }
        }
        return new Counts(open, shared);
    }

    /** Open files and write-shared files among them. Immutable. */
    public record Counts(int open, int writeShared) {}

    // ---------------------------------------------------------------------------------------------------- attributes

    /** A file's attributes, and whether the asker may keep them. Immutable. */
    public record Seen(Attributes attributes, boolean granted) {}

    /** Takes what was seen and puts the reply on the stream, with the file's entry locked. */
    @FunctionalInterface
    public interface Viewer {
        void see(Seen seen) throws FsException;
    }

    /**
     * Shows the file's attributes to {@code viewer}, granted if that is possible. Needs a shared hold of the names
     * lock.
     *
     * @param asked whether the client that knows better has been asked already
     * @return null, or what to wait for before trying again: another client knows better
     */
    public @Nullable CompletableFuture<?> look(FileId file, Session asker, boolean asked, Viewer viewer)
            throws FsException {
        Domain domain = exports.of(file).domain();
        return table.<@Nullable CompletableFuture<?>>with(file, entry -> {
            Attributes stored = domain.attributes(file);
            FileUse use = entry.use;
            boolean mayKeep = true;
            if (use != null) {
                ClientId authority = use.state.attributeAuthority(asker.client());
                if (authority != null && !asked) {
                    return ask(entry, use, authority);
                }
                mayKeep = use.state.attributesMayBeCachedBy(asker.client());
            }
            boolean granted = mayKeep && grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker);
            viewer.see(new Seen(merged(use, stored), granted));
            return null;
        });
    }

    /** The attributes as the server knows them, asking nobody and granting nothing. */
    public Attributes attributes(FileId file) throws FsException {
        Domain domain = exports.of(file).domain();
        FileEntry entry = table.glance(file);
        if (entry == null || entry.use == null) {
            return domain.attributes(file);
        }
        return table.with(file, locked -> merged(locked.use, domain.attributes(file)));
    }

    /** Grants the attributes of a file that is not in use. Needs a hold of the names lock, as {@link Grants} says. */
    public boolean giveIfUnused(FileId file, Session asker) throws FsException {
        return table.with(file, entry -> entry.use == null && grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker));
    }

    /** Grants the attributes of a file if its use allows it. Needs a hold of the names lock. */
    public boolean giveIfAllowed(FileId file, Session asker) throws FsException {
        return table.with(file, entry -> {
            FileUse use = entry.use;
            boolean allowed = use == null || use.state.attributesMayBeCachedBy(asker.client());
            return allowed && grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker);
        });
    }

    /** What to wait for before the attributes are known; null if the server knows them as they are. */
    public @Nullable CompletableFuture<?> askAuthority(FileId file, Session asker) throws FsException {
        FileEntry glanced = table.glance(file);
        if (glanced == null || glanced.use == null) {
            return null;
        }
        return table.<@Nullable CompletableFuture<?>>with(file, entry -> {
            FileUse use = entry.use;
            ClientId authority = use == null ? null : use.state.attributeAuthority(asker.client());
            return use == null || authority == null ? null : ask(entry, use, authority);
        });
    }

    /** Size or times were set at the server: they count, whatever was reported before. */
    public void attributesSet(FileId file, @Nullable Long size, @Nullable FileTime modified) throws FsException {
        FileEntry glanced = table.glance(file);
        if (glanced == null || glanced.use == null) {
            return;
        }
        table.<@Nullable Void>with(file, entry -> {
            FileUse use = entry.use;
            Overlay overlay = use == null ? null : use.overlay;
            if (use != null && overlay != null) {
                use.overlay = overlay.changed(size, modified);
            }
            return null;
        });
    }

    private static Attributes merged(@Nullable FileUse use, Attributes stored) {
        Overlay overlay = use == null ? null : use.overlay;
        return overlay == null ? stored : overlay.over(stored);
    }

    private CompletableFuture<?> ask(FileEntry entry, FileUse use, ClientId authority) {
        CompletableFuture<@Nullable Void> underWay = use.asking;
        if (underWay != null) {
            return underWay;
        }
        CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();
        Session session = sessions.living(authority);
        if (session == null) {
            answer.complete(null);
            return answer;
        }
        use.asking = answer;
        Callback.Builder callback = callback(entry.file, use, authority).setReportAttributes(true);
        session.call(callback, new CallbackHandler() {
            @Override
            public void done(CallbackDone done) {
                report(entry.file, authority, done.getReport());
                answer.complete(null);
            }

            @Override
            public void died() {
                report(entry.file, authority, AttributeReport.getDefaultInstance());
                answer.complete(null);
            }
        });
        return answer;
    }

    private void report(FileId file, ClientId from, AttributeReport report) {
        quietly(file, (entry, use) -> {
            use.asking = null;
            take(use, from, report);
        });
    }

    private static void take(FileUse use, ClientId from, AttributeReport report) throws FsException {
        if (report.getPresent() && from.equals(use.state.now().lastWriter())) {
            use.overlay = Overlay.reported(use.overlay, from, report.getSize(), Wire.fileTime(report.getModified()));
        }
    }

    // --------------------------------------------------------------------------------------------------------- opens

    /**
     * Tries to open. The answer comes before this returns, or later. Needs a hold of the names lock, shared or
     * exclusive.
     *
     * @return false if nothing happened because others have been granted attributes that this open would falsify; take
     *     them back first
     */
    public boolean open(OpenWish wish) throws FsException {
        return open(wish, false);
    }

    /** As {@link #open}, of a file that the client had open before: it may have lost its last name since. */
    public boolean reopen(OpenWish wish) throws FsException {
        return open(wish, true);
    }

    private boolean open(OpenWish wish, boolean again) throws FsException {
        Domain domain = exports.of(wish.file()).domain();
        return table.with(wish.file(), entry -> {
            ClientId client = wish.session().client();
            boolean changes = wish.mode().write() || wish.alteration() != null;
            if (changes && !again && !entry.attributes.grant().isClearFor(client)) {
                return false;
            }
            FileUse use = entry.use;
            if (use == null) {
                Attributes stored = domain.attributes(wish.file());
                if (stored.links() == 0 && !again) {
                    throw new FsException("open", wish.file() + "", FsError.STALE);
                }
                use = new FileUse(new Version(stored.version()));
                use.nameless = stored.links() == 0;
                entry.use = use;
            }
            if (wish.passing() && client.equals(use.state.now().lastWriter())) {
                alterOwn(domain, use, wish);
                return true;
            }
            OpenSeq seq = new OpenSeq(epoch, lastOpen.incrementAndGet());
            use.waiting.put(seq, new FileUse.Waiting(wish, false));
            step(entry, use, new Event.Open(client, wish.mode(), seq));
            if (use.waiting.containsKey(seq) && changes) {
                // Until it is answered nobody may be granted what it will falsify.
                entry.attributes.become(
                        entry.attributes.grant().announce(client).next());
                use.waiting.put(seq, new FileUse.Waiting(wish, true));
            }
            if (wish.session().isDead()) {
                step(entry, use, new Event.Died(client));
            }
            settle(entry, use, client);
            return true;
        });
    }

    /** The last writer alters its own file: nobody else has it open or has dirty blocks of it. */
    private void alterOwn(Domain domain, FileUse use, OpenWish wish) throws FsException {
        Version next = use.raiseVersion();
        var _ = domain.apply(new Command.RaiseVersion(now(), wish.file(), next.value()), null, null);
        OpenWish.Alteration alteration = wish.alteration();
        if (alteration != null) {
            var _ = alteration.alter();
        }
        Overlay overlay = use.overlay;
        Attributes stored = domain.attributes(wish.file());
        if (overlay != null) {
            use.overlay = overlay.changed(stored.size(), stored.modified());
        }
        wish.answer()
                .granted(new OpenWish.Opened(
                        merged(use, stored), false, use.state.now().lastWriterSeq(), true));
    }

    /** A client closed one of its opens. */
    public boolean close(FileId file, Session session, OpenMode mode, boolean dirty, AttributeReport report) {
        ClientId client = session.client();
        boolean[] last = new boolean[1];
        quietly(file, (entry, use) -> {
            take(use, client, report);
            step(entry, use, new Event.Close(client, mode, dirty));
            last[0] = use.state.now().use(client).opens() == 0;
            settle(entry, use, client);
        });
        return last[0];
    }

    /** A client has no dirty blocks of the file any more. */
    public void writtenBack(FileId file, Session session, AttributeReport report, OpenSeq seq) {
        quietly(file, (entry, use) -> {
            if (use.overlay == null) {
                take(use, session.client(), report);
            }
            step(entry, use, new Event.WrittenBack(session.client(), seq));
            settle(entry, use, session.client());
        });
    }

    /** What the client had of the file counts no more; it is about to say anew what it has. */
    public void forget(FileId file, Session session) {
        quietly(file, (entry, use) -> {
            step(entry, use, new Event.Died(session.client()));
            index(entry, use, session.client());
        });
    }

    /** A client is dead. What it wrote and did not send is lost, and with it what it said of it. */
    public void died(Session session) {
        ClientId client = session.client();
        for (FileId file : session.holdings().files()) {
            quietly(file, (entry, use) -> {
                Overlay overlay = use.overlay;
                if (overlay != null && overlay.writer().equals(client)) {
                    use.overlay = null;
                    grants.takeAttributesFromAll(file);
                }
                use.recalls.remove(client);
                step(entry, use, new Event.Died(client));
                settle(entry, use, client);
            });
        }
    }

    /** Whether anybody has the file open or is about to: then it must outlive its last name. */
    public boolean isOpen(FileId file) {
        FileEntry entry = table.glance(file);
        FileUse use = entry == null ? null : entry.use;
        return use != null && (!use.state.now().uses().isEmpty() || !(use.state instanceof FileConsistency.Settled));
    }

    /** How the file is used at this moment; null if it is not. */
    public @Nullable FileConsistency consistency(FileId file) {
        FileEntry entry = table.glance(file);
        FileUse use = entry == null ? null : entry.use;
        return use == null ? null : use.state;
    }

    /**
     * The last name of a file is gone: it stays until its last close. If nobody has it open, whoever has dirty blocks
     * of it need not write them.
     *
     * @param remover who removed it, and knows
     */
    public void removed(FileId file, ClientId remover) {
        quietly(file, (entry, use) -> {
            if (use.state instanceof FileConsistency.Settled settled
                    && settled.uses().isEmpty()) {
                forgetDirty(entry, use, remover);
            } else {
                use.nameless = true;
            }
        });
    }

    private void forgetDirty(FileEntry entry, FileUse use, @Nullable ClientId remover) {
        ClientId writer = use.state.now().lastWriter();
        if (writer == null) {
            return;
        }
        Session session = sessions.living(writer);
        if (session != null && !writer.equals(remover)) {
            session.call(callback(entry.file, use, writer).setDelete(true), Ignored.ANSWER);
        }
        use.overlay = null;
        step(entry, use, new Event.Died(writer));
        if (session != null) {
            session.holdings().uses(entry.file, use.holdingsOf(writer));
        }
        if (use.isUnused()) {
            entry.use = null;
        }
    }

    // --------------------------------------------------------------------------------------------------------- steps

    private void step(FileEntry entry, FileUse use, Event event) {
        Set<ClientId> before = concerned(use);
        var step = FileConsistency.step(use.state, event);
        use.state = step.next();
        for (Effect effect : step.effects()) {
            switch (effect) {
                case Effect.RaiseVersion raise -> raiseVersion(entry.file, raise.version());
                case Effect.Recall recall -> recall(entry, use, recall);
                case Effect.Reply reply -> reply(entry, use, reply);
                case Effect.Refuse refuse ->
                    answered(entry, use, refuse.seq(), wish -> wish.answer().refused(reason(refuse.reason())));
            }
        }
        before.addAll(concerned(use));
        for (ClientId client : before) {
            index(entry, use, client);
        }
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
        };
    }

    /** A failure shows when the reply finds that the stored version is too low. */
    private void raiseVersion(FileId file, Version version) {
        try {
            var _ = exports.of(file).domain().apply(new Command.RaiseVersion(now(), file, version.value()), null, null);
        } catch (FsException e) {
            log.warn("version {} of {} could not be stored: {}", version, file, e.error());
        }
    }

    private void recall(FileEntry entry, FileUse use, Effect.Recall recall) {
        ClientId client = recall.client();
        Session session = sessions.living(client);
        boolean attributesToo =
                recall.invalidate() && entry.attributes.grant().holders().contains(client);
        if (attributesToo) {
            entry.attributes.become(entry.attributes.grant().recalled(client));
        }
        Object token = new Object();
        use.recalls.put(client, token);
        if (session == null) {
            return; // it is being buried, and its death will be told
        }
        if (attributesToo) {
            session.holdings().revoked(GrantKey.attributes(entry.file));
        }
        recalls.increment();
        Callback.Builder callback = callback(entry.file, use, client)
                .setWriteBack(recall.writeBack())
                .setInvalidate(recall.invalidate())
                .setRevokeAttributes(attributesToo);
        session.call(callback, new CallbackHandler() {
            @Override
            public void done(CallbackDone done) {
                settled(attributesToo);
                recalled(entry.file, client, token, done);
            }

            @Override
            public void died() {
                settled(attributesToo);
            }

            private void settled(boolean grantToo) {
                if (grantToo) {
                    grants.obeyed(java.util.List.of(GrantKey.attributes(entry.file)), client);
                }
            }
        });
    }

    private void recalled(FileId file, ClientId client, Object token, CallbackDone done) {
        quietly(file, (entry, use) -> {
            if (!use.recalls.remove(client, token)) {
                return;
            }
            take(use, client, done.getReport());
            boolean full = done.getError().equals(FsError.NO_SPACE.name());
            if (!full) {
                store(file, use);
            }
            Event.Outcome outcome = full ? Event.Outcome.NO_SPACE : Event.Outcome.OBEYED;
            step(entry, use, new Event.Done(client, outcome));
            settle(entry, use, client);
        });
    }

    private void reply(FileEntry entry, FileUse use, Effect.Reply reply) {
        answered(entry, use, reply.seq(), wish -> {
            ClientId client = reply.client();
            Domain domain = exports.of(entry.file).domain();
            boolean cachedBefore =
                    use.told.containsKey(client) && use.state.now().use(client).cached();
            boolean opened = false;
            try {
                OpenWish.Alteration alteration = wish.alteration();
                if (alteration != null) {
                    var _ = alteration.alter();
                }
                Attributes stored = domain.attributes(entry.file);
                if (stored.version() < reply.version().value()) {
                    throw new FsException("open", entry.file + "", FsError.IO);
                }
                boolean mayKeep = !wish.session().isDead() && use.state.attributesMayBeCachedBy(client);
                boolean granted = mayKeep && grants.give(entry, GrantKey.Kind.ATTRIBUTES, wish.session());
                if (!wish.passing()) {
                    use.told.put(client, reply.seq());
                }
                wish.answer()
                        .granted(new OpenWish.Opened(merged(use, stored), granted, reply.seq(), reply.cacheable()));
                opened = true;
            } catch (FsException e) {
                wish.answer().refused(e.error());
            }
            if (!opened || wish.passing() || wish.session().isDead()) {
                step(entry, use, new Event.Close(client, wish.mode(), false));
                if (cachedBefore && use.state.now().use(client).opens() > 0) {
                    use.cachesAgain(client);
                }
            }
        });
    }

    /** Something done with a wish whose time has come. */
    private interface Answering {
        void run(OpenWish wish) throws FsException;
    }

    private void answered(FileEntry entry, FileUse use, OpenSeq seq, Answering how) {
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

    /** After every step: stores what the last writer reported if its blocks have come, and forgets what is over. */
    private void settle(FileEntry entry, FileUse use, ClientId client) throws FsException {
        Overlay overlay = use.overlay;
        if (overlay != null && !overlay.writer().equals(use.state.now().lastWriter())) {
            store(entry.file, use);
        }
        if (use.state.now().use(client).opens() == 0) {
            use.told.remove(client);
        }
        use.waiting.values().removeIf(open -> abandoned(entry, open));
        index(entry, use, client);
        boolean closed = use.state instanceof FileConsistency.Settled
                && use.state.now().uses().isEmpty()
                && use.waiting.isEmpty();
        if (closed && use.nameless) {
            forgetDirty(entry, use, null);
            workers.execute(() -> deleteOrphan(entry.file));
        }
        if (use.isUnused()) {
            entry.use = null;
        }
    }

    /** Queued by a client that has died; the core has dropped it, unless it is the one being answered. */
    private static boolean abandoned(FileEntry entry, FileUse.Waiting open) {
        FileUse use = entry.use;
        if (!open.wish().session().isDead() || use == null) {
            return false;
        }
        boolean current = use.state instanceof FileConsistency.Recalling recalling
                && use.waiting.get(recalling.open().seq()) == open;
        if (!current && open.announced()) {
            entry.attributes.become(entry.attributes.grant().finished());
        }
        return !current;
    }

    private void deleteOrphan(FileId file) {
        try {
            var _ = exports.of(file).domain().apply(new Command.DeleteOrphan(now(), file), null, null);
        } catch (FsException e) {
            log.warn("file {} without names could not be freed: {}", file, e.error());
        }
    }

    /** The blocks are here: what was said of them becomes true. */
    private void store(FileId file, FileUse use) throws FsException {
        Overlay overlay = use.overlay;
        use.overlay = null;
        if (overlay == null) {
            return;
        }
        Domain domain = exports.of(file).domain();
        Attributes stored = domain.attributes(file);
        if (!stored.modified().equals(overlay.modified())) {
            FileTime changed = FileTime.later(stored.changed(), overlay.modified());
            var _ = domain.apply(
                    new Command.SetAttributes(now(), file, null, null, null, null, null, overlay.modified(), changed),
                    null,
                    null);
        }
    }

    private Callback.Builder callback(FileId file, FileUse use, ClientId client) {
        OpenSeq seq = use.told.getOrDefault(client, OpenSeq.NONE);
        return Callback.newBuilder()
                .setFile(Wire.toWire(file))
                .setOpenSeq(sprite.common.wire.proto.OpenSeq.newBuilder()
                        .setEpoch(seq.epoch())
                        .setCounter(seq.counter()));
    }

    private FileTime now() {
        return FileTime.of(clock.instant());
    }

    /** Something done with a file that is in use. */
    private interface Work {
        void run(FileEntry entry, FileUse use) throws FsException;
    }

    /** For events that nobody waits for an answer to: a failure is logged, and the file goes on. */
    private void quietly(FileId file, Work work) {
        FileEntry glanced = table.glance(file);
        if (glanced == null || glanced.use == null) {
            return;
        }
        try {
            var names = exports.of(file).names().readLock();
            names.lock();
            try {
                table.<@Nullable Void>with(file, entry -> {
                    FileUse use = entry.use;
                    if (use != null) {
                        work.run(entry, use);
                    }
                    return null;
                });
            } finally {
                names.unlock();
            }
        } catch (FsException e) {
            log.warn("file {}: {}", file, e.error());
        }
    }
}
