package sprite.client.space;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.client.box.KeptLocks;
import sprite.client.box.KeptPrefixes;
import sprite.client.config.ClientConfig;
import sprite.client.file.AttributeSink;
import sprite.client.file.FileCache;
import sprite.client.file.FileCacheConfig;
import sprite.client.file.FileCacheStatus;
import sprite.client.file.FlushReport;
import sprite.client.file.KeptFiles;
import sprite.client.file.OpenFile;
import sprite.client.fs.Deadline;
import sprite.client.fs.Handle;
import sprite.client.fs.Mounted;
import sprite.client.name.AttributeCache;
import sprite.client.name.NameCache;
import sprite.client.prefix.PrefixTable;
import sprite.client.session.LinkConfig;
import sprite.client.session.Links;
import sprite.client.session.ServerLink;
import sprite.client.session.WireCounters;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.AccessTime;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.FormerSpace;

/** The name space with everything under it, from the first connection to the last. Thread-safe: its parts are. */
public final class MountedSpace extends NameSpace implements Mounted {
    private final long client;
    private final Links links;
    private final Holdings held;
    private final Path lostAndFound;

    /** The life before did not end in order. Written before {@link #goOn}. */
    private volatile boolean afterKilled;

    /** The open files of this client's life before. */
    private final Map<Long, OpenFile> inherited = new ConcurrentHashMap<>();

    private MountedSpace(long client, Links links, Holdings held, Path lostAndFound) {
        super(held);
        this.lostAndFound = lostAndFound;
        this.client = client;
        this.links = links;
        this.held = held;
    }

    /**
     * Connects and finds "/".
     *
     * @param client this daemon's id at the servers
     */
    public static MountedSpace open(ClientConfig config, long client) throws FsException {
        return open(config, client, Box.NONE);
    }

    /** As above, with everything in a box that this client's next life would need. */
    public static MountedSpace open(ClientConfig config, long client, Box box) throws FsException {
        MountedSpace space = make(config, client, box);
        try {
            FileId _ = space.root();
            return space;
        } catch (FsException e) {
            space.close();
            throw e;
        }
    }

    /** Goes on where this client's life before has left, as soon as {@link #goOn} is called. */
    public static MountedSpace inherit(ClientConfig config, FormerSpace former, Box box) throws FsException {
        MountedSpace space = make(config, former.getClient(), box);
        try {
            space.links.inherit(former.getSessionsList());
            space.held.prefixes().inherit(former.getPrefixesList());
            space.inherited.putAll(space.inherit(former));
            space.afterKilled = former.getKilled();
            space.assumeLent(space.afterKilled);
            return space;
        } catch (FsException e) {
            space.close();
            throw e;
        }
    }

    private static MountedSpace make(ClientConfig config, long client, Box box) {
        box.put(Box.Word.CLIENT, client);
        box.put(Box.Word.PROTOCOL, Protocol.VERSION);
        Dispatcher dispatcher = new Dispatcher();
        Links links = new Links(new LinkConfig(client, config.name(), config.patience()), dispatcher, box);
        Loans loans = new Loans();
        AttributeCache attributes = new AttributeCache(loans::attributesChanged);
        NameCache names = new NameCache(loans::namesLost);
        PrefixTable prefixes = new PrefixTable(links, config.servers(), new KeptPrefixes(box));
        FileCacheConfig standard = FileCacheConfig.of(config.cacheBytes(), config.lostAndFound());
        FileCache files = new FileCache(
                new FileCacheConfig(
                        standard.cacheBytes(),
                        standard.dirtyMax(),
                        config.writeDelay(),
                        config.scanInterval(),
                        standard.readAheadMax(),
                        standard.lostAndFound(),
                        config.skipInvalidation()),
                new KeptUp(attributes, names, prefixes),
                InstantSource.system(),
                System::nanoTime,
                box);
        Holdings held = new Holdings(prefixes, names, attributes, files, loans, new HeldLocks(new KeptLocks(box)), box);
        dispatcher.begin(held);
        return new MountedSpace(client, links, held, config.lostAndFound());
    }

    @Override
    public void goOn() {
        links.goOn();
        if (afterKilled) {
            afterLease(this::forgetFormer);
        }
    }

    private static void afterLease(Runnable action) {
        CompletableFuture.delayedExecutor(Protocol.LEASE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(action);
    }

    /** The kernel has asked for everything again, and what it was lent by the life before it has forgotten. */
    private void forgetFormer() {
        assumeLent(false);
        var forgotten = held.box().trails().forgetUnclaimed();
        held.files().inheritance().forgetUnclaimed(forgotten.keySet());
        forgotten.values().forEach(links::releaseFormer);
        forgetFormerFiles();
    }

    /** As soon as nothing of the life before is under way any more. */
    private void forgetFormerFiles() {
        boolean over =
                held.box().trails().areAnswered() && held.files().inheritance().forgetFormer();
        if (!over && links.all().stream().noneMatch(ServerLink::isEnded)) {
            afterLease(this::forgetFormerFiles);
        }
    }

    private void assumeLent(boolean assumes) {
        held.loans().assumeLent(assumes);
        held.attributes().assumeTold(assumes);
    }

    @Override
    public List<String> takeBackPages(Deadline end) {
        return held.files().takeBackPages(end).stream()
                .map(file -> "what programs stored into mapped pages of file " + file
                        + " at last may be lost: the kernel had" + " not brought it back when the mount ended")
                .toList();
    }

    @Override
    public boolean areAllReleased(Duration patience) {
        return held.files().inheritance().areAllReleased(patience);
    }

    @Override
    public boolean areServersHere() {
        return links.all().stream().allMatch(link -> link.isLeaseValid() && link.isRecovered());
    }

    @Override
    public FormerSpace leave() {
        held.loans().recallAll();
        FormerSpace.Builder left = FormerSpace.newBuilder()
                .setClient(client)
                .setProtocol(Protocol.VERSION)
                .addAllSessions(links.leave());
        left.addAllPrefixes(held.prefixes().leave());
        leave(left);
        return left.build();
    }

    @Override
    public long numberOf(Handle handle) {
        return ((OpenFile) handle).number();
    }

    @Override
    public void numbered(Handle handle, long kernel) {
        ((OpenFile) handle).numbered(kernel);
    }

    @Override
    public Handle inherited(long number) throws FsException {
        Handle handle = inherited.get(number);
        if (handle == null) {
            throw new FsException("take over", "handle " + number, FsError.STALE);
        }
        return handle;
    }

    /** Keeps cached attributes up with what this client does to data. Immutable. */
    private record KeptUp(AttributeCache attributes, NameCache names, PrefixTable prefixes) implements AttributeSink {
        @Override
        public String lastPath(FileId file) {
            return names.last().path(file, this::prefixOf);
        }

        private @Nullable String prefixOf(FileId root) {
            return prefixes.entries().stream()
                    .filter(entry -> entry.root().equals(root))
                    .map(entry -> entry.prefix().path())
                    .findFirst()
                    .orElse(null);
        }

        @Override
        public void reported(FileId file, long size, FileTime modified) {
            attributes.refine(file, base -> base.withData(size, modified));
        }

        @Override
        public void read(FileId file, FileTime accessed) {
            attributes.refine(file, base -> AccessTime.shows(base, accessed) ? base.withAccessed(accessed) : base);
        }

        @Override
        public void changed(FileId file) {
            attributes.drop(file);
        }
    }

    @Override
    public List<String> writeBackEverything(Duration patience, Deadline end) {
        return held.files().writeBackAll(patience, end).failures().stream()
                .map(MountedSpace::describe)
                .toList();
    }

    private static String describe(FlushReport.Failure left) {
        return left.bytes() + " bytes of file " + left.file() + " could not be written back to " + left.server() + ": "
                + (left.why() == FsError.TIMED_OUT ? "the server is away" : left.why());
    }

    @Override
    public List<String> keepUnwritten() {
        return held.files().keepUnwritten().stream().map(MountedSpace::describe).toList();
    }

    private static String describe(FlushReport.Kept kept) {
        return kept.bytes() + " bytes of file " + kept.file() + (kept.path().isEmpty() ? "" : " (" + kept.path() + ")")
                + " could not be written back to " + kept.server()
                + (kept.place() == null ? " nor kept here: they are lost" : "; they are kept in " + kept.place());
    }

    @Override
    public Object status() {
        return new Status(
                links.all().stream().map(MountedSpace::describe).toList(),
                held.prefixes().entries().stream()
                        .map(entry -> new PrefixLine(
                                entry.prefix().path(),
                                entry.link().address(),
                                entry.root().domain()))
                        .toList(),
                held.files().status(),
                KeptFiles.in(lostAndFound),
                new Names(held.names().size(), held.attributes().size()),
                links.totals());
    }

    private static Session describe(ServerLink link) {
        long silentMillis = TimeUnit.NANOSECONDS.toMillis(link.silentNanos());
        long longestMillis = TimeUnit.NANOSECONDS.toMillis(link.longestGivenUpNanos());
        return new Session(link.address(), link.isLeaseValid(), silentMillis, longestMillis);
    }

    /** What {@code status --json} says of the mount. Immutable. */
    record Status(
            List<Session> sessions,
            List<PrefixLine> prefixes,
            FileCacheStatus cache,
            KeptFiles kept,
            Names names,
            WireCounters.Totals wire) {}

    /**
     * One server. Immutable.
     *
     * @param silentMillis since when it has not answered though it was asked; 0 if it answers
     * @param longestGivenUpMillis how long the longest call had lasted that was given up ({@code soft})
     */
    record Session(String server, boolean leaseValid, long silentMillis, long longestGivenUpMillis) {}

    /** One line of the prefix table. Immutable. */
    record PrefixLine(String prefix, String server, int domain) {}

    /** Grants in use. Immutable. */
    record Names(int directories, int attributes) {}

    @Override
    public void close() {
        held.files().endLending();
        links.close();
        held.files().close();
    }
}
