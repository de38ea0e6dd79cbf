package sprite.client.file;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.box.KeptBlocks;
import sprite.client.box.KeptFile;
import sprite.client.box.KeptHandle;
import sprite.client.box.Trails;
import sprite.client.cache.BlockStore;
import sprite.client.fs.OpenFlags;
import sprite.client.session.LinkEvents.SessionRecovery;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.FormerFile;
import sprite.common.wire.proto.FormerSpace;
import sprite.common.wire.proto.ServerFrame;
import sprite.consistency.ClientFile;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/**
 * What one life of a client leaves to the next of open files: who has them open and how, and what it knows better than
 * the server. Nothing is dirty after an orderly hand-over; what is, when a daemon was killed, is in its box.
 * Thread-safe: state is in the files.
 */
public final class Inheritance {
    private static final Logger log = LoggerFactory.getLogger(Inheritance.class);

    private final FileTable files;
    private final Opens opens;
    private final Reopening reopening;
    private final BlockStore store;
    private final FormerHolds holds;

    /** Handles of which the kernel may not have heard. */
    private final List<OpenFile> unknown = new CopyOnWriteArrayList<>();

    /** Which server has a file. */
    @FunctionalInterface
    public interface Servers {
        ServerLink linkOf(FileId file) throws FsException;
    }

    Inheritance(FileTable files, Opens opens, Reopening reopening, BlockStore store, FormerHolds holds) {
        this.store = store;
        this.holds = holds;
        this.files = files;
        this.opens = opens;
        this.reopening = reopening;
    }

    /** See {@link sprite.client.fs.Mounted#areAllReleased}. */
    public boolean areAllReleased(Duration patience) {
        return opens.areAllReleased(patience);
    }

    /** Everything that is open. To be called when no program is served and the lines to the servers are broken off. */
    public List<FormerFile> leave() {
        List<FormerFile> all = new ArrayList<>();
        for (CachedFile file : files.all()) {
            file.lock.lock();
            try {
                if (!file.handles.isEmpty()) {
                    all.add(left(file));
                }
            } finally {
                file.lock.unlock();
            }
        }
        return all;
    }

    private static FormerFile left(CachedFile file) {
        file.lock.lock();
        try {
            FsError failure = file.failure;
            FormerFile.Builder left = FormerFile.newBuilder()
                    .setFile(Wire.toWire(file.id))
                    .setVersion(file.right.version().value())
                    .setCached(file.right.cacheable())
                    .setSize(file.blocks.size)
                    .setServerSize(file.blocks.serverSize)
                    .setModified(Wire.toWire(file.modified))
                    .setReportDue(file.reports.isDue())
                    .setRemoved(file.removed)
                    .setFailures(file.failures)
                    .setFailure(failure == null ? "" : failure.name());
            for (OpenFile handle : file.handles) {
                left.addHandles(FormerFile.Handle.newBuilder()
                        .setNumber(handle.number())
                        .setRead(handle.flags().read())
                        .setWrite(handle.flags().write())
                        .setExecute(handle.flags().execute())
                        .setAppend(handle.flags().append())
                        .setAttached(handle.isAttached())
                        .setFlushed(handle.isFlushed())
                        .setMayHoldLocks(handle.mayHoldLocks())
                        .setBroken(handle.isBroken())
                        .setFailureTold(handle.failureTold()));
            }
            return left.build();
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Takes over what was left. A file is used again when {@link #sessionInherited}, or the loss of that session, has
     * been dealt with.
     *
     * @param trails of the calls that had not been answered
     * @return the handles, by their numbers
     */
    public Map<Long, OpenFile> take(FormerSpace former, Servers servers, Trails trails) throws FsException {
        Map<Long, OpenFile> handles = new HashMap<>();
        Map<Long, List<KeptBlocks.Former>> blocks = KeptBlocks.former(store.box());
        try {
            store.restore();
            for (FormerFile left : former.getFilesList()) {
                FileId id = Wire.fileId(left.getFile());
                CachedFile file = files.locked(id, servers.linkOf(id));
                try {
                    take(file, left);
                    if (former.getKilled()) {
                        file.former = new Former(left.getSize(), left.getUnsure());
                    }
                    for (KeptBlocks.Former block : blocks.getOrDefault(id.statInode(), List.of())) {
                        file.blocks.restore(block);
                    }
                    for (FormerFile.Handle handle : left.getHandlesList()) {
                        OpenFile taken = take(file, handle, trails);
                        handles.put(taken.number(), taken);
                    }
                } finally {
                    file.lock.unlock();
                }
            }
        } catch (IOException e) {
            throw new FsException("take over", String.valueOf(e.getMessage()), FsError.IO);
        }
        trails.held().forEach((call, held) -> {
            CachedFile file = files.find(KeptFile.file(held.file()));
            if (file != null) {
                holds.begin(call, file, held);
            }
        });
        trails.whenCallAnswered(this::answered);
        return handles;
    }

    private static void take(CachedFile file, FormerFile left) {
        file.lock.lock();
        try {
            if (file.lock instanceof KeptLock keeping) {
                keeping.adopt();
            }
            file.right = new ClientFile(
                    new Version(left.getVersion()),
                    left.getCached(),
                    new OpenSeq(left.getOpenEpoch(), left.getOpenCounter()));
            file.blocks.size = left.getSize();
            file.blocks.serverSize = left.getServerSize();
            file.modified = Wire.time(left.getModified());
            file.removed = left.getRemoved();
            file.failures = left.getFailures();
            file.failure = failure(left.getFailure());
            file.recovering = true;
            file.owesWrittenBack = left.getUnsure();
            if (left.getReportDue()) {
                file.ownModified = true;
                file.reports.become();
            }
            if (left.getLost()) {
                file.failures++;
                file.failure = FsError.IO;
                log.error(
                        "file {}: data is lost that was not written back when this mount's daemon was killed", file.id);
            }
        } finally {
            file.lock.unlock();
        }
    }

    private OpenFile take(CachedFile file, FormerFile.Handle left, Trails trails) {
        file.lock.lock();
        try {
            OpenFile taken = opens.inherited(file, flags(left), left.getNumber(), left.getOpener());
            taken.attached(left.getAttached());
            taken.flushed(left.getFlushed());
            taken.mayHoldLocks(left.getMayHoldLocks());
            taken.broken(left.getBroken());
            taken.failureTold(left.getFailureTold());
            taken.unclaimed = left.getUnknown() || (left.getOpener() != 0 && trails.isUnclaimed(left.getOpener()));
            taken.kept = KeptHandle.adopted(store.box(), left.getNumber(), file.id.statInode(), KeptLock.flags(taken));
            if (left.getUnknown()) {
                unknown.add(taken);
            }
            file.handles.add(taken);
            taken.listed(true);
            return taken;
        } finally {
            file.lock.unlock();
        }
    }

    /** The kernel has the answer to a call of the life before. */
    private void answered(long call) {
        holds.end(call);
        releaseUnknown(handle -> handle.opener == call);
    }

    /**
     * Calls that had not been answered in the life before have been asked for again by now.
     *
     * @param answered the numbers of the others
     */
    public void forgetUnclaimed(Set<Long> answered) {
        answered.forEach(holds::end);
        Trails trails = store.box().trails();
        releaseUnknown(handle -> !trails.isClaimed(handle.opener));
    }

    /** Nobody has a descriptor for what the life before had opened and no call has got since. */
    private void releaseUnknown(Predicate<OpenFile> which) {
        for (OpenFile handle : unknown) {
            if (which.test(handle) && opens.giveUp(handle)) {
                opens.release(handle);
            }
        }
    }

    /**
     * What only matters to calls of the life before, and to the reopening, is over: calls have all been answered. False
     * if a file has not been opened again yet.
     */
    public boolean forgetFormer() {
        boolean all = true;
        for (CachedFile file : files.all()) {
            file.lock.lock();
            try {
                if (file.recovering) {
                    all = false;
                } else {
                    file.former = null;
                }
            } finally {
                file.lock.unlock();
            }
        }
        return all;
    }

    /** See {@link sprite.client.session.LinkEvents#answeredBefore}. */
    public void answeredBefore(ServerLink link, ServerFrame answer) {
        holds.answeredBefore(link, answer);
    }

    private static @Nullable FsError failure(String name) {
        return name.isEmpty() ? null : FsError.valueOf(name);
    }

    private static OpenFlags flags(FormerFile.Handle handle) {
        return new OpenFlags(
                handle.getRead(), handle.getWrite(), handle.getExecute(), handle.getAppend(), false, false);
    }

    /** See {@link sprite.client.session.LinkEvents#sessionInherited}. */
    public void sessionInherited(ServerLink link, Consumer<BooleanSupplier> first, SessionRecovery recovery) {
        reopening.sessionInherited(link, first, recovery);
    }
}
