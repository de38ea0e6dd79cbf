package sprite.client.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Gatherers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.cache.BlockStore;
import sprite.client.session.LinkEvents.SessionRecovery;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.Reopen;
import sprite.consistency.ClientFile;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/**
 * Tells a server that lost the session what this client has: Sprite's client-driven recovery. Clean blocks are dropped
 * first; what is open or dirty is opened again, and dirty data goes home afterwards. Thread-safe: state is in the
 * files.
 */
final class Reopening {
    private static final Logger log = LoggerFactory.getLogger(Reopening.class);

    /**
     * How many files one client has on their way to be opened again: enough that frames travel together, few enough
     * that a server which hundreds come back to answers keep-alives in between.
     */
    private static final int AT_ONCE = 16;

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** A recovery does not last longer for what programs stored: the server lets everybody wait for its end. */
    private static final long STORED_NANOS_MAX = TimeUnit.SECONDS.toNanos(20);

    private final FileTable files;
    private final BlockStore store;
    private final WriteBack writeBack;
    private final Recalls recalls;
    private final Refused refused;
    private final FormerHolds holds;

    /** Counts lost sessions per server: a newer loss ends an older recovery. */
    private final Map<ServerLink, Integer> losses = new ConcurrentHashMap<>();

    Reopening(
            FileTable files,
            BlockStore store,
            WriteBack writeBack,
            Recalls recalls,
            Refused refused,
            FormerHolds holds) {
        this.files = files;
        this.store = store;
        this.writeBack = writeBack;
        this.recalls = recalls;
        this.refused = refused;
        this.holds = holds;
    }

    void sessionLost(ServerLink link, Consumer<BooleanSupplier> first, SessionRecovery recovery) {
        int loss = losses.merge(link, 1, Integer::sum);
        holds.sessionLost(link);
        List<CachedFile> lost = new ArrayList<>();
        for (CachedFile file : files.all()) {
            if (file.link.equals(link)) {
                file.lock.lock();
                try {
                    file.voidFetches();
                    file.blocks.lost(link.committed());
                    file.blocks.dropClean(false);
                    file.recovering = true;
                    int _ = file.sessionsLost.incrementAndGet();
                    file.outgoing.discard(); // it belonged to the session that is over
                    file.staleTries = 0;
                    file.owesWrittenBack = false;
                    file.changed.signalAll();
                } finally {
                    file.lock.unlock();
                }
                lost.add(file);
            }
        }
        Thread.ofVirtual().name("reopen at " + link.address()).start(() -> {
            Lapses.afterLoss(lost);
            first.accept(() -> isSuperseded(link, loss));
            recover("a new session", link, loss, lost, recovery, List.of());
        });
    }

    /**
     * The session of this client's life before goes on. What it had open is here, marked as recovering, and nothing
     * else.
     */
    void sessionInherited(ServerLink link, Consumer<BooleanSupplier> first, SessionRecovery recovery) {
        int loss = losses.getOrDefault(link, 0);
        List<CachedFile> inherited =
                files.all().stream().filter(file -> file.link.equals(link)).toList();
        Thread.ofVirtual().name("reopen at " + link.address()).start(() -> {
            first.accept(() -> isSuperseded(link, loss));
            List<CachedFile> still =
                    inherited.stream().filter(Reopening::mayBeTruncated).toList();
            recover("the session goes on", link, loss, inherited, recovery, still);
        });
    }

    /** @param still files that the server may have truncated in this very session: their data is not to come home */
    private void recover(
            String what,
            ServerLink link,
            int loss,
            List<CachedFile> lost,
            SessionRecovery recovery,
            List<CachedFile> still) {
        List<CachedFile> reopened = reopenAll(lost, link, loss);
        List<CachedFile> homeward =
                reopened.stream().filter(file -> !still.contains(file)).toList();
        List<CachedFile> dirty = homeward.stream().filter(Reopening::hasUnsent).toList();
        List<CachedFile> changing =
                homeward.stream().filter(Reopening::isDirtyAndChanging).toList();
        if (isSuperseded(link, loss)) {
            return;
        }
        // Truncations are asked for again when the recovery is over, and must find what was written before them.
        var _ = writeBack.flushTogether(changing, Cause.RECALL);
        awaitStored(lost, link, loss); // the server takes it in this session only before that is over
        if (isSuperseded(link, loss)) {
            return;
        }
        recovery.finished();
        log.info(
                "{}: {}; {} files opened again, {} of them dirty", link.address(), what, reopened.size(), dirty.size());
        var _ = writeBack.flushTogether(dirty, Cause.RECALL);
        writeBack.kick();
        store.drain();
    }

    /** Opens files again, some at a time; returns which of them are open or dirty at the server now. */
    private List<CachedFile> reopenAll(List<CachedFile> lost, ServerLink link, int loss) {
        return lost.stream()
                .gather(Gatherers.mapConcurrent(
                        AT_ONCE, file -> Optional.of(file).filter(one -> reopenAlone(one, link, loss))))
                .flatMap(Optional::stream)
                .toList();
    }

    /** A mistake of ours with one file is told, and ends here: it would stop the others that are opened again. */
    private boolean reopenAlone(CachedFile file, ServerLink link, int loss) {
        Thread.currentThread().setName("reopen " + file.id);
        try {
            return !isSuperseded(link, loss) && reopen(file, link, loss);
        } catch (RuntimeException | Error bug) {
            log.error("file {} could not be opened again, for a mistake in spritefs; please report it", file.id, bug);
            Refused.breakHandles(file); // what is dirty meets the server's refusal when it is written back, and is kept
            return false;
        }
    }

    /** Whether a recovery is in vain: the session is lost once more, or the mount has ended. */
    private boolean isSuperseded(ServerLink link, int loss) {
        return losses.getOrDefault(link, 0) != loss || link.isEnded();
    }

    /**
     * Waits until all that programs stored into pages is at the server, where it goes there past the cache. What is
     * asked of a truncation that is under way is asked again later, and finds it there. What is not there in time will
     * be refused, and is kept in local files.
     */
    private void awaitStored(List<CachedFile> lost, ServerLink link, int loss) {
        long until = System.nanoTime() + STORED_NANOS_MAX;
        for (CachedFile file : lost) {
            file.lock.lock();
            try {
                file.stored.forChanges++;
                file.changed.signalAll();
                while (!file.stored.isEmpty()
                        && !file.right.cacheable()
                        && !isSuperseded(link, loss)
                        && System.nanoTime() - until < 0) {
                    long _ = file.changed.awaitNanos(LOOK_NANOS);
                }
                file.stored.forChanges--;
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts a thread that opens files again", e);
            } finally {
                file.lock.unlock();
            }
        }
    }

    private static boolean hasUnsent(CachedFile file) {
        file.lock.lock();
        try {
            return file.blocks.hasUnsent();
        } finally {
            file.lock.unlock();
        }
    }

    private static boolean mayBeTruncated(CachedFile file) {
        file.lock.lock();
        try {
            return file.former != null && file.changes > 0;
        } finally {
            file.lock.unlock();
        }
    }

    /** What is on its way counts as dirty: it must have arrived, too, when a truncation is asked for again. */
    private static boolean isDirtyAndChanging(CachedFile file) {
        file.lock.lock();
        try {
            return file.changes > 0 && file.blocks.isDirty();
        } finally {
            file.lock.unlock();
        }
    }

    /** Opens one file again, if there is need; returns whether it is open or dirty at the server now. */
    private boolean reopen(CachedFile file, ServerLink link, int loss) {
        awaitLanded(file); // what was on its way under the old session is answered one way or the other
        while (true) {
            Reopen.Builder request = request(file);
            if (request == null) {
                return false;
            }
            try {
                var _ = link.call(
                        ClientFrame.newBuilder().setReopen(request),
                        reply -> reopened(file, reply.getOpen(), request),
                        () -> isSuperseded(link, loss));
                return true;
            } catch (FsException e) {
                if (isSuperseded(link, loss)) {
                    return false;
                }
                if (e.error() == FsError.STALE && request.getDirty() && !isDirty(file)) {
                    continue; // it was recalled meanwhile, and others have written since
                }
                boolean outdone = Outdone.isRefusal(e) && Outdone.drop(file, e.error(), () -> isSuperseded(link, loss));
                if (isSuperseded(link, loss)) {
                    return false; // the next recovery decides
                }
                if (Outdone.isRefusal(e) && !outdone) {
                    refused.take(file, e.error());
                    return false;
                }
            }
        }
    }

    /** Waits until nothing is on its way. */
    private static void awaitLanded(CachedFile file) {
        file.lock.lock();
        try {
            while (!file.flights.isEmpty()) {
                file.changed.awaitUninterruptibly();
            }
        } finally {
            file.lock.unlock();
        }
    }

    private static boolean isDirty(CachedFile file) {
        file.lock.lock();
        try {
            return file.blocks.isDirty() || (!file.stored.isEmpty() && file.right.cacheable());
        } finally {
            file.lock.unlock();
        }
    }

    private Reopen.@Nullable Builder request(CachedFile file) {
        file.lock.lock();
        try {
            file.lateCloses.clear(); // nothing was promised to this session yet
            int readers = 0;
            int writers = 0;
            int executors = 0;
            for (OpenFile handle : file.handles) {
                if (handle.isAttached()) {
                    handle.reopening = true;
                    // Each counts once: the server adds them up, and each is closed once.
                    boolean executes = handle.flags().execute();
                    boolean writes = !executes && handle.flags().write();
                    executors += executes ? 1 : 0;
                    writers += writes ? 1 : 0;
                    readers += executes || writes ? 0 : 1;
                }
            }
            boolean dirty = isDirty(file);
            Former former = file.former;
            if (readers + writers + executors == 0 && !dirty && (former == null || !former.unsure)) {
                file.right = file.blocks.uncommitted.isEmpty()
                        ? ClientFile.UNKNOWN
                        : new ClientFile(file.right.version(), false, OpenSeq.NONE);
                file.recovering = false;
                file.changed.signalAll();
                return null;
            }
            AttributeReport.Builder report = AttributeReport.newBuilder();
            if ((dirty || file.reports.isDue()) && (former == null || !former.still)) {
                report.setPresent(true).setSize(file.blocks.size).setModified(Wire.toWire(file.modified));
            }
            return Reopen.newBuilder()
                    .setFile(Wire.toWire(file.id))
                    .setReaders(readers)
                    .setWriters(writers)
                    .setExecutors(executors)
                    .setVersion(file.right.version().value())
                    .setDirty(dirty)
                    .setCached(file.right.cacheable())
                    .setReport(report);
        } finally {
            file.lock.unlock();
        }
    }

    private void reopened(CachedFile file, OpenReply reply, Reopen.Builder told) {
        boolean homeless;
        file.lock.lock();
        try {
            boolean own = file.blocks.isDirty() || file.reports.isDue();
            if (own && told.getReport().getPresent()) {
                file.reportArrived();
            } else if (!own) {
                file.adopt(reply.getAttributes(), false);
            }
            Version version = new Version(reply.getAttributes().getVersion());
            int raised = file.isOpenForWriting() ? 1 : 0;
            if (!file.blocks.isDirty() && version.value() > file.right.version().value() + raised) {
                file.blocks.dropClean(true); // somebody else has written since
            }
            file.right = new ClientFile(version, reply.getCacheable(), Frames.seq(reply));
            if (!reply.getCacheable()) {
                file.reports.lost(file.blocks.isDirty());
            }
            Former former = file.former;
            // A truncation may have come between what was told and this.
            boolean thinksDirty = former != null && (former.unsure || told.getDirty());
            file.owesWrittenBack = file.blocks.isDirty() || !file.stored.isEmpty() || thinksDirty;
            file.recovering = false;
            if (former != null) {
                former.unsure = false;
                former.still = former.changes > 0;
                former.reopened = Frames.seq(reply);
                file.tellIfClean();
            }
            for (OpenFile late : file.lateCloses) {
                file.detach(late, file.takeReport());
            }
            file.lateCloses.clear();
            homeless = !reply.getCacheable() && !file.handles.isEmpty() && Recalls.barOwn(file);
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        if (homeless) {
            recalls.obeyOwn(file);
        }
        file.outgoing.send();
    }
}
