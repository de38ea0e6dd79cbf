package sprite.client.file;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import sprite.client.box.Box;
import sprite.client.cache.BlockStore;
import sprite.client.call.Opener;
import sprite.client.fs.Borrower;
import sprite.client.fs.Deadline;
import sprite.client.fs.OpenFlags;
import sprite.client.session.LinkEvents.SessionRecovery;
import sprite.client.session.ServerLink;
import sprite.client.session.ServerLink.Installer;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.SetAttributes;

/**
 * The data of files as one client has it: cached blocks, delayed writes, read-ahead, and everything that keeps them
 * consistent with the servers. Opens are decided by the servers and only taken in here.
 *
 * <p>Thread-safe: see the lock order in the package's description.
 */
public final class FileCache implements AutoCloseable {
    /** How often a refusal for an old session is taken as one to mend. */
    static final int STALE_TRIES_MAX = 3;

    private final FileCacheConfig config;
    private final AtomicLong marks = new AtomicLong(1);
    private final Counters counters = new Counters();
    private final BlockStore store;
    private final FileTable files;
    private final WriteBack writeBack;
    private final Recalls recalls;
    private final Opens opens;
    private final Reader reader;
    private final Writer writer;
    private final Changes changes;
    private final Seeker seeker;
    private final Landing landing;
    private final Storing storing;
    private final Reopening reopening;
    private final Farewell farewell;
    private final SpaceWatch space;
    private final Scanner scanner;
    private final Lending lending = new Lending();
    private final Inheritance inheritance;

    /**
     * An empty cache.
     *
     * @param clock what time it is, for modification times
     * @param nanoTime a monotonic clock, for delays
     */
    public FileCache(FileCacheConfig config, AttributeSink sink, InstantSource clock, LongSupplier nanoTime) {
        this(config, sink, clock, nanoTime, Box.NONE);
    }

    /** @param box where it is kept what this client's next life must know */
    public FileCache(FileCacheConfig config, AttributeSink sink, InstantSource clock, LongSupplier nanoTime, Box box) {
        this.config = config;
        this.store = new BlockStore(config.cacheBytes(), config.dirtyMax(), box);
        this.files = new FileTable(store, sink, marks, lending);
        this.space = new SpaceWatch();
        LostAndFound lostAndFound = new LostAndFound(config.lostAndFound(), sink::lastPath);
        this.writeBack = new WriteBack(files, store, counters, nanoTime, config.writeDelay(), space, lostAndFound);
        WriteAhead ahead = new WriteAhead(files, writeBack, nanoTime);
        this.recalls = new Recalls(files, store, writeBack, ahead, lostAndFound, counters, config.skipInvalidation());
        this.opens = new Opens(files, recalls, counters, space);
        this.reader = new Reader(store, opens, counters, config.readAheadMax(), clock);
        this.writer = new Writer(store, opens, reader, writeBack, counters, space, clock, nanoTime);
        FormerHolds holds = new FormerHolds(writeBack);
        this.changes = new Changes(files, opens, writeBack, counters, holds);
        this.landing = new Landing(store, opens, reader, writer, writeBack, lostAndFound, counters);
        this.storing = new Storing(landing, counters);
        this.seeker = new Seeker(opens);
        this.reopening = new Reopening(files, store, writeBack, recalls, new Refused(lostAndFound), holds);
        this.inheritance = new Inheritance(files, opens, reopening, store, holds);
        this.farewell = new Farewell(files, writeBack, lostAndFound, counters);
        this.scanner = new Scanner("write-back scan", config.scanInterval(), writeBack::scan);
    }

    // --------------------------------------------------------------- on the stream's thread, never blocking

    /**
     * Takes in the reply to an Open or Create, inside its Installer. Every handle made must be {@link #release}d.
     * Around an Open that truncates, hold {@link #truncating}.
     *
     * @param asked the {@link #mark} before the request was sent
     */
    public OpenFile opened(ServerLink link, FileId file, OpenReply reply, OpenFlags flags, long asked) {
        return opened(link, file, reply, flags, asked, Opener.NOBODY);
    }

    /** As above, for a call of a program. */
    public OpenFile opened(ServerLink link, FileId file, OpenReply reply, OpenFlags flags, long asked, Opener opener) {
        return opens.opened(link, file, reply, flags, asked, opener);
    }

    /**
     * Whether attributes of the file that were asked for at the mark {@code asked} may be kept under a grant: not if
     * this client wrote past its cache meanwhile.
     */
    public boolean mayKeep(FileId id, long asked) {
        CachedFile file = files.find(id);
        if (file == null) {
            return true;
        }
        file.lock.lock();
        try {
            return !file.isOvertaken(asked);
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Obeys write_back, invalidate, delete and report_attributes of a callback, and sends its CallbackDone (at once if
     * it has none of these), when {@code forgotten} is complete: the driver has forgotten what it had been lent under
     * grants. To revoke these is the caller's.
     */
    public void callback(ServerLink link, Callback callback, CompletableFuture<?> forgotten) {
        recalls.callback(link, callback, forgotten);
    }

    /**
     * Drops what was cached from the server and opens again what is open or dirty; then {@code recovery.finished}.
     *
     * @param first what is to be done before any file may be used again, on the recovery's thread; it is given what
     *     tells that the session is lost once more, and so all of this in vain
     */
    public void sessionLost(ServerLink link, Consumer<BooleanSupplier> first, SessionRecovery recovery) {
        reopening.sessionLost(link, first, recovery);
    }

    /** What is handed on to the daemon's next life. */
    public Inheritance inheritance() {
        return inheritance;
    }

    /** A lock on the file is another's, perhaps: descriptors that may hold it are of no more use. */
    public void lockLost(FileId id) {
        opens.lockLost(id);
    }

    /** Tells whether a lock on the file has been lost since this was called. What tells it locks nothing. */
    public BooleanSupplier locksLost(FileId id) {
        return Changes.locksLost(files.find(id));
    }

    /** A SetAttributes of times by this client was answered: what the server says rules. Inside its Installer. */
    public void timesSet(Attributes answered, boolean modified, boolean accessed) {
        CachedFile file = files.find(answered.file());
        if (file != null) {
            Overlay.timesSet(file, answered, modified, accessed);
        }
    }

    /** For Open.known_version: the version of what is cached; 0 if nothing useful is (then want_data). */
    public long knownVersion(FileId id) {
        CachedFile file = files.find(id);
        if (file == null) {
            return 0;
        }
        file.lock.lock();
        try {
            return file.blocks.isEmpty() ? 0 : file.right.version().value();
        } finally {
            file.lock.unlock();
        }
    }

    /** A mark in time for {@link #overlay}: take it before sending the request that asks for attributes. */
    public long mark() {
        return marks.get();
    }

    /**
     * Attributes with the size and times that this client knows better, because the answer cannot tell of what this
     * client wrote to its cache.
     *
     * @param asked the {@link #mark} before {@code base} was asked for; 0 if {@code base} is a cached copy that the
     *     {@link AttributeSink} keeps up
     */
    public Attributes overlay(Attributes base, long asked) {
        CachedFile file = base.isRegular() ? files.find(base.file()) : null;
        if (file == null) {
            return base;
        }
        file.lock.lock();
        try {
            return Overlay.of(file, base, asked);
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * This client took the last name away. If the server has {@code freed} the file with it, data that never left is
     * dropped; else somebody may still read it, perhaps because a Close of this client is on its way.
     */
    public void removed(FileId id, boolean freed) {
        CachedFile file = files.find(id);
        if (file != null) {
            recalls.removed(file, freed);
            file.outgoing.send();
        }
    }

    // ---------------------------------------------------------------------------------- on callers' threads

    /** Bytes read, fewer than there is room for only at the end of the file. */
    public int read(OpenFile file, long offset, MemorySegment into) throws FsException {
        return reader.read(file, offset, into, false);
    }

    /** As {@link #read}, for pages that the borrower keeps. */
    public int readForPages(OpenFile file, long offset, MemorySegment into) throws FsException {
        return reader.read(file, offset, into, lending.isOn());
    }

    /** From now on pages are lent, and called back before they are out of date. */
    public void lendTo(Borrower borrower) {
        lending.begin(borrower, files);
    }

    /** For the end of a mount: reads for pages fail from now on, and the borrower forgets what programs could read. */
    public void endLending() {
        lending.end(files, Deadline.never());
    }

    /** As {@link #endLending}, and what programs stored is in the cache or at a server, if that takes only seconds. */
    public List<FileId> takeBackPages(Deadline end) {
        lending.end(files, end);
        return Storing.awaitLandedAtEnd(files.all(), end);
    }

    /** See {@link sprite.client.fs.FileSystem#cuts}. */
    public long cuts(FileId id) {
        return Changes.cuts(files.find(id));
    }

    /** See {@link sprite.client.fs.FileSystem#lendPages}. */
    public boolean lendPages(OpenFile handle) {
        if (handle.flags().write() && lending.isOn()) {
            handle.cached.pages.areStoredTo();
        }
        return handle.mayKeepPages() && handle.cached.pages.areLent();
    }

    /** The borrower brings back pages that programs stored into; what lies behind the end of the file is left out. */
    public void writePages(OpenFile file, long offset, MemorySegment data) {
        storing.take(file, offset, data);
    }

    /** Writes all of {@code data}; at the end of the file if {@code append}. FILE_TOO_BIG, NO_SPACE. */
    public void write(OpenFile file, long offset, MemorySegment data, boolean append) throws FsException {
        writer.write(file, offset, data, append);
    }

    /** close(2) of one descriptor. Throws, once per handle, what went wrong with delayed writes. */
    public void flush(OpenFile handle) throws FsException {
        changes.close(handle, () -> space.isShort(handle.cached, store.pinnedBytes()));
    }

    /**
     * A lock is about to be asked for through the handle: from now on it is open at the server until it is released.
     */
    public void pin(OpenFile handle) throws FsException {
        opens.pin(handle);
    }

    /** The last descriptor is closed. */
    public void release(OpenFile file) {
        opens.release(file);
    }

    /** Returns when everything written is on the server's disk. */
    public void fsync(OpenFile file, boolean dataOnly) throws FsException {
        changes.fsync(file, dataOnly);
    }

    /**
     * Truncates (or extends) at the server, and here when the reply comes.
     *
     * @param request with {@code set_size}
     * @param alsoInstall takes the AttributesReply in after this room has
     */
    public Attributes truncate(ServerLink link, FileId file, SetAttributes.Builder request, Installer alsoInstall)
            throws FsException {
        return changes.truncate(link, file, request, alsoInstall);
    }

    /** fallocate(2) at the server, after the file's dirty blocks were written back. */
    public Attributes allocate(OpenFile file, int mode, long offset, long length, Installer alsoInstall)
            throws FsException {
        return changes.allocate(file, mode, offset, length, alsoInstall);
    }

    /** copy_file_range(2) at the server, after the dirty blocks of both files were written back; the bytes copied. */
    public long copy(OpenFile from, long fromOffset, OpenFile to, long toOffset, long length, Installer alsoInstall)
            throws FsException {
        return changes.copy(from, fromOffset, to, toOffset, length, alsoInstall);
    }

    /** Where a hole begins at or after {@code offset}, or data. PAST_END. */
    public long seek(OpenFile file, long offset, boolean hole) throws FsException {
        return seeker.seek(file, offset, hole);
    }

    /**
     * To be held from before an Open or Create with {@code truncate} of a file that is already there until its answer:
     * nothing of the old content leaves meanwhile. May wait for writes that are on their way.
     */
    public Truncation truncating(FileId id) throws FsException {
        return changes.hold(files.find(id));
    }

    /** A truncation that may be under way. */
    public interface Truncation extends AutoCloseable {
        /** Answered, or refused. */
        @Override
        void close();
    }

    // --------------------------------------------------------------------------------------- the whole cache

    /**
     * Writes everything back (unmount, SIGTERM) and tells what could not be, and why. Goes on as long as something
     * arrives.
     *
     * @param patience how long nothing may arrive at a server that is away; thrice that at one that answers
     * @param end when it gives up in any case
     */
    public FlushReport writeBackAll(Duration patience, Deadline end) {
        return farewell.writeBackAll(patience, end);
    }

    /**
     * Refuses writes from now on (IO), and keeps what is dirty or on its way in local files. For the end of a mount.
     */
    public List<FlushReport.Kept> keepUnwritten() {
        lending.end(files, Deadline.never());
        landing.stop();
        writer.refuse();
        return farewell.keepUnwritten();
    }

    /** Looks once for dirty data that is old enough; what the scanner does by itself. */
    void scan() {
        writeBack.scan();
    }

    public FileCacheStatus status() {
        int open = 0;
        for (CachedFile file : files.all()) {
            file.lock.lock();
            try {
                open += file.handles.size();
            } finally {
                file.lock.unlock();
            }
        }
        return new FileCacheStatus(
                config.cacheBytes(),
                store.usedBytes(),
                store.pinnedBytes(),
                store.uncommittedBytes(),
                files.all().size(),
                open,
                counters.hits.sum(),
                counters.misses.sum(),
                counters.readByPrograms.sum(),
                counters.writtenByPrograms.sum(),
                counters.readFromServers.sum(),
                counters.writtenToServers.sum(),
                counters.recalled.sum(),
                counters.saved.sum(),
                counters.writeBacks());
    }

    /** Stops the scanner and frees all memory. Dirty data is lost: see {@link #writeBackAll}. */
    @Override
    public void close() {
        scanner.close();
        lending.end(files, Deadline.never());
        files.end();
        store.close();
    }
}
