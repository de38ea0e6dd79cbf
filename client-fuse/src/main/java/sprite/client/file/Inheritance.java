package sprite.client.file;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.OpenFlags;
import sprite.client.session.LinkEvents.SessionRecovery;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.FormerFile;
import sprite.consistency.ClientFile;
import sprite.consistency.OpenSeq;
import sprite.consistency.Version;

/**
 * What one life of a client leaves to the next of open files: who has them open and how, and what it knows better than
 * the server. Nothing is dirty then, and blocks are not handed on. Thread-safe: state is in the files.
 */
public final class Inheritance {
    private final FileTable files;
    private final Opens opens;
    private final Reopening reopening;

    /** Which server has a file. */
    @FunctionalInterface
    public interface Servers {
        ServerLink linkOf(FileId file) throws FsException;
    }

    Inheritance(FileTable files, Opens opens, Reopening reopening) {
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
                        .setAttached(handle.attached)
                        .setFlushed(handle.flushed)
                        .setMayHoldLocks(handle.mayHoldLocks)
                        .setBroken(handle.broken)
                        .setFailureTold(handle.failureTold));
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
     * @return the handles, by their numbers
     */
    public Map<Long, OpenFile> take(List<FormerFile> former, Servers servers) throws FsException {
        Map<Long, OpenFile> handles = new HashMap<>();
        for (FormerFile left : former) {
            FileId id = Wire.fileId(left.getFile());
            CachedFile file = files.locked(id, servers.linkOf(id));
            try {
                file.right = new ClientFile(new Version(left.getVersion()), left.getCached(), OpenSeq.NONE);
                file.blocks.size = left.getSize();
                file.blocks.serverSize = left.getServerSize();
                file.modified = Wire.time(left.getModified());
                file.removed = left.getRemoved();
                file.failures = left.getFailures();
                file.failure = failure(left.getFailure());
                file.recovering = true;
                if (left.getReportDue()) {
                    file.ownModified = true;
                    file.reports.become();
                }
                for (FormerFile.Handle handle : left.getHandlesList()) {
                    OpenFile taken = opens.inherited(file, flags(handle), handle.getNumber());
                    taken.attached = handle.getAttached();
                    taken.flushed = handle.getFlushed();
                    taken.mayHoldLocks = handle.getMayHoldLocks();
                    taken.broken = handle.getBroken();
                    taken.failureTold = handle.getFailureTold();
                    file.handles.add(taken);
                    handles.put(taken.number(), taken);
                }
            } finally {
                file.lock.unlock();
            }
        }
        return handles;
    }

    private static @Nullable FsError failure(String name) {
        return name.isEmpty() ? null : FsError.valueOf(name);
    }

    private static OpenFlags flags(FormerFile.Handle handle) {
        return new OpenFlags(
                handle.getRead(), handle.getWrite(), handle.getExecute(), handle.getAppend(), false, false);
    }

    /** See {@link sprite.client.session.LinkEvents#sessionInherited}. */
    public void sessionInherited(ServerLink link, SessionRecovery recovery) {
        reopening.sessionInherited(link, recovery);
    }
}
