package sprite.server.open;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.proto.AttributeReport;
import sprite.consistency.ClientId;
import sprite.consistency.Event;
import sprite.consistency.FileConsistency;
import sprite.consistency.OpenMode;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;
import sprite.server.domain.Domain;
import sprite.server.session.Grace;
import sprite.server.session.GrantKey;
import sprite.server.session.Session;
import sprite.server.session.Sessions;

/**
 * The open files, and the attributes of all files as their use makes them. Every event of a file is one hold of its
 * entry's lock, under a shared hold of the domain's names lock; effects are carried out within it, so what a client
 * hears of a file it hears in the order of the decisions.
 *
 * <p>Thread-safe. No method waits for a client.
 */
public final class OpenFiles {
    private final FileTable table = new FileTable();
    private final Exports exports;
    private final Grants grants;
    private final InUse inUse;
    private final StoredFiles stored;
    private final FileSteps steps;
    private final PageHolders pages;
    private final Commits commits;

    /**
     * No open files.
     *
     * @param epoch the server's, for open sequence numbers
     * @param workers runs what may take time
     * @param grace of this life of the server
     * @param commits what of the files' data is on the disk
     */
    public OpenFiles(
            Exports exports,
            Sessions sessions,
            Clock clock,
            long epoch,
            Executor workers,
            Grace grace,
            Commits commits) {
        this.exports = exports;
        this.commits = commits;
        this.pages = new PageHolders(epoch);
        this.grants = new Grants(table, exports, sessions, workers);
        this.inUse = new InUse(table, exports);
        this.stored = new StoredFiles(exports, clock);
        this.steps = new FileSteps(inUse, stored, sessions, epoch, workers, grants, grace, commits);
    }

    /** The grants of names and attributes, which share the files' entries. */
    public Grants grants() {
        return grants;
    }

    /** What of the files' data is on the disk. */
    public Commits commits() {
        return commits;
    }

    /** Who may hold pages of files that nobody caches. */
    public PageHolders pages() {
        return pages;
    }

    /** How many clients were asked to write back or to drop what they cached. */
    public long recalls() {
        return steps.recalls();
    }

    /** How many files are open. */
    public int openCount() {
        int open = 0;
        for (FileEntry entry : table.all()) {
            FileUse use = entry.use;
            if (use != null && !use.state.now().uses().isEmpty()) {
                open++;
            }
        }
        return open;
    }

    /** The files that one client writes while another has them open. */
    public List<FileId> writeShared() {
        List<FileId> shared = new ArrayList<>();
        for (FileEntry entry : table.all()) {
            FileUse use = entry.use;
            if (use != null) {
                var uses = use.state.now().uses().values();
                if (uses.size() > 1 && uses.stream().anyMatch(u -> u.writers() > 0)) {
                    shared.add(entry.file);
                }
            }
        }
        return shared;
    }

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
     * @param asked what an earlier call returned to wait for: the answer of the client that knows better; null at first
     * @return null, or what to wait for before trying again: another client knows better
     */
    public @Nullable CompletableFuture<?> look(
            FileId file, Session asker, @Nullable CompletableFuture<?> asked, Viewer viewer) throws FsException {
        Domain domain = exports.of(file).domain();
        return table.<@Nullable CompletableFuture<?>>with(file, entry -> {
            Attributes stored = domain.attributes(file);
            FileUse use = entry.use;
            if (use == null) {
                viewer.see(new Seen(stored, grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker)));
                return null;
            }
            ClientId authority = use.state.attributeAuthority(asker.client());
            if (authority != null && asked == null) {
                return steps.askAuthority(entry, use, authority);
            }
            boolean granted = use.state.attributesMayBeCachedBy(asker.client())
                    && grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker);
            Overlay report = authority == null ? null : Reported.answer(use, asked);
            Attributes known = use.merged(stored);
            viewer.see(new Seen(report == null ? known : report.over(known), granted));
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
        return table.with(file, locked -> {
            FileUse use = locked.use;
            Attributes stored = domain.attributes(file);
            return use == null ? stored : use.merged(stored);
        });
    }

    /** Grants the attributes of a file if its use allows it. Needs a hold of the names lock. */
    public boolean giveIfAllowed(FileId file, Session asker) throws FsException {
        return table.with(file, entry -> {
            FileUse use = entry.use;
            boolean allowed = use == null || use.state.attributesMayBeCachedBy(asker.client());
            return allowed && grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker);
        });
    }

    /**
     * The attributes of a file, granted to {@code asker}; null if that cannot be, or another client knows better, or
     * the asker itself uses the file: then what it hears of it has an order of its own. Needs a hold of the names lock
     * until the reply is on the stream, and nobody can take the grant before that.
     */
    public @Nullable Attributes seenAmongOthers(FileId file, Session asker) throws FsException {
        Domain domain = exports.of(file).domain();
        return table.<@Nullable Attributes>with(file, entry -> {
            FileUse use = entry.use;
            boolean known = use == null
                    || (use.holdingsOf(asker.client()) == 0
                            && use.state.attributeAuthority(asker.client()) == null
                            && use.state.attributesMayBeCachedBy(asker.client()));
            if (!known || !grants.give(entry, GrantKey.Kind.ATTRIBUTES, asker)) {
                return null;
            }
            Attributes stored = domain.attributes(file);
            return use == null ? stored : use.merged(stored);
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
            return use == null || authority == null ? null : steps.askAuthority(entry, use, authority);
        });
    }

    /**
     * The modification time was set at the server: it counts, whatever was reported before.
     *
     * @param asked what {@link #askAuthority} returned before
     */
    public void modifiedSet(FileId file, FileTime modified, @Nullable CompletableFuture<?> asked) throws FsException {
        FileEntry glanced = table.glance(file);
        if (glanced == null || glanced.use == null) {
            return;
        }
        table.<@Nullable Void>with(file, entry -> {
            FileUse use = entry.use;
            if (use == null) {
                return null;
            }
            Overlay overlay = use.overlay;
            Overlay report = Reported.answer(use, asked);
            if (report != null) {
                overlay = overlay == null
                        ? Overlay.overruled(report.writer(), modified, report.reported())
                        : new Overlay(overlay.writer(), overlay.size(), modified, report.reported());
            }
            use.overlay = overlay == null ? null : overlay.changed(null, modified);
            return null;
        });
    }

    // --------------------------------------------------------------------------------------------------------- opens

    /**
     * Asks for what is wished. The answer comes before this returns, or later. Needs a hold of the names lock, shared
     * or exclusive. STALE for a file without a name that nobody has open, unless the wish is to reopen it; BAD_REQUEST
     * for what is no regular file.
     *
     * @return false if nothing happened because others have been granted attributes that this would falsify; take them
     *     back first
     */
    public boolean open(OpenWish wish) throws FsException {
        Domain domain = exports.of(wish.file()).domain();
        Event.Request kind = wish.asking().numbered(OpenSeq.NONE);
        if (wish.session().isDead()) {
            // Whoever buries it waits for the caller's hold first, and then finds what was opened under it.
            throw new FsException("open", wish.file() + "", FsError.STALE);
        }
        return table.with(wish.file(), entry -> {
            if (kind.writes() && !entry.attributes.grant().isClearFor(kind.client())) {
                return false;
            }
            FileUse use = entry.use;
            if (use == null) {
                Attributes stored = domain.attributes(wish.file());
                if (!stored.isRegular()) {
                    // Nobody had it open, and the number is no other file's. Other requests have been checked.
                    throw new FsException("open", wish.file() + " (no regular file)", FsError.BAD_REQUEST);
                }
                boolean nameless = stored.links() == 0;
                if (nameless && !wish.firstOfNameless() && !(kind instanceof Event.Reopen)) {
                    throw new FsException("open", wish.file() + "", FsError.STALE);
                }
                use = new FileUse(new Version(stored.version()), StoredFiles.raised(domain.raiser(wish.file())));
                use.nameless = nameless;
                entry.use = use;
            }
            steps.ask(entry, use, wish);
            return true;
        });
    }

    /**
     * A client closed one of its opens. Returns whether it was its last of the file.
     *
     * @param accessed when it was read, if that counts. It takes no grants back: who holds the attributes may show an
     *     older access time
     */
    public boolean close(
            FileId file,
            Session session,
            OpenMode mode,
            boolean dirty,
            AttributeReport report,
            @Nullable FileTime accessed) {
        ClientId client = session.client();
        boolean[] last = new boolean[1];
        inUse.quietly(file, (entry, use) -> {
            Reported.take(use, client, report);
            if (accessed != null) {
                stored.setAccessed(file, accessed, use);
            }
            steps.step(entry, use, new Event.Close(client, mode, dirty));
            last[0] = use.state.now().use(client).opens() == 0;
            steps.settle(entry, use, client);
        });
        if (last[0]) {
            pages.left(file, client);
        }
        return last[0];
    }

    /** A client has no dirty blocks of the file any more. */
    public void writtenBack(FileId file, Session session, AttributeReport report, OpenSeq seq) {
        inUse.quietly(file, (entry, use) -> {
            Reported.take(use, session.client(), report);
            steps.step(entry, use, new Event.WrittenBack(session.client(), seq));
            steps.settle(entry, use, session.client());
        });
    }

    /** A reopened file's report of size and times. */
    public void reported(FileId file, Session session, AttributeReport report) {
        inUse.quietly(file, (_, use) -> Reported.take(use, session.client(), report));
    }

    /** A client is dead: nothing of what it had open or had not written counts any more. */
    public void died(Session session) {
        for (FileId file : session.holdings().files()) {
            inUse.quietly(file, (entry, use) -> steps.died(entry, use, session));
        }
        pages.died(session);
    }

    /** Whether anybody has the file open or is about to: then it must outlive its last name. */
    public boolean isOpen(FileId file) {
        FileEntry entry = table.glance(file);
        FileUse use = entry == null ? null : entry.use;
        return use != null && !use.isClosed();
    }

    /** How the file is used at this moment; null if it is not. */
    public @Nullable FileConsistency consistency(FileId file) {
        FileEntry entry = table.glance(file);
        FileUse use = entry == null ? null : entry.use;
        return use == null ? null : use.state;
    }

    /** A file has a name, and perhaps had none before: its last close does not free it. */
    public void named(FileId file) {
        inUse.quietly(file, (_, use) -> use.nameless = false);
    }

    /**
     * The last name of a file is gone. If somebody has it open it stays until its last close; otherwise whoever has
     * dirty blocks of it need not write them.
     *
     * @param remover who removed it, and knows
     */
    public void removed(FileId file, ClientId remover) {
        inUse.quietly(file, (entry, use) -> {
            if (use.isClosed()) {
                steps.forgetDirty(entry, use, remover);
            } else {
                use.nameless = true;
            }
        });
    }
}
