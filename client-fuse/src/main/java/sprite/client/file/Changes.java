package sprite.client.file;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import sprite.client.call.Call;
import sprite.client.call.Trail;
import sprite.client.fs.FileSystem;
import sprite.client.session.ServerLink;
import sprite.client.session.ServerLink.Installer;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Allocate;
import sprite.common.wire.proto.AttributesReply;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.CopyRange;
import sprite.common.wire.proto.SetAttributes;

/**
 * What happens to data at the server, in order: truncation, allocation, fsync. While a change is under way reads and
 * writes of the file wait and nothing is written back, except for a recall that the server decided before it.
 * Thread-safe: state is in the files.
 */
final class Changes {
    private final FileTable files;
    private final Opens opens;
    private final WriteBack writeBack;
    private final Counters counters;
    private final FormerHolds former;

    Changes(FileTable files, Opens opens, WriteBack writeBack, Counters counters, FormerHolds former) {
        this.former = former;
        this.files = files;
        this.opens = opens;
        this.writeBack = writeBack;
        this.counters = counters;
    }

    /** Holds a file still until closed, which may be done by any thread. */
    FileCache.Truncation hold(@Nullable CachedFile file) throws FsException {
        if (file == null) {
            return () -> {};
        }
        boolean _ = begins(file);
        return holdBegun(file);
    }

    /** A change holds the file from now on; returns whether programs may store into its pages. */
    private boolean begins(CachedFile file) {
        file.lock.lock();
        try {
            file.changes++;
            Call.currentTrail().holds(file.id.statInode());
            former.renewed(file);
            return Storing.mayBeStoredTo(file);
        } finally {
            file.lock.unlock();
        }
    }

    private FileCache.Truncation holdBegun(CachedFile file) throws FsException {
        try {
            awaitLanded(file);
        } catch (FsException e) {
            letGo(file, writeBack);
            throw e;
        }
        try {
            Storing.landToChange(file, () -> file.pages.bar(0, Pages.END));
        } catch (FsException e) {
            unbar(file);
            throw e;
        }
        return () -> unbar(file);
    }

    /**
     * As {@link #holdBegun}, of a file into whose pages programs may store: the kernel has what they stored meanwhile.
     */
    private FileCache.Truncation holdToTruncate(CachedFile file, @Nullable Call call) throws FsException {
        file.pages.barFillsOnly();
        file.pages.forgetting.truncationBegins(call);
        try {
            awaitLanded(file);
            Storing.landToChange(file, () -> {});
        } catch (FsException e) {
            file.pages.forgetting.truncationEnds(call);
            unbar(file);
            throw e;
        }
        return () -> unbar(file);
    }

    /** Holds a file no longer whose pages were kept from the kernel. */
    private void unbar(CachedFile file) {
        file.pages.unbar();
        letGo(file, writeBack);
    }

    /** As {@link sprite.client.fs.FileSystem#cuts}. */
    static long cuts(@Nullable CachedFile file) {
        if (file == null) {
            return FileSystem.NO_PAGES;
        }
        file.lock.lock();
        try {
            return file.changes > 0 ? FileSystem.NO_PAGES : file.pages.cuts();
        } finally {
            file.lock.unlock();
        }
    }

    /** Holds a file no longer. */
    static void letGo(CachedFile file, WriteBack writeBack) {
        file.lock.lock();
        try {
            file.changes--;
            file.pages.cut();
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        writeBack.kick();
    }

    /** Data on its way must not arrive after the change, nor what was posted before it with an older size. */
    private static void awaitLanded(CachedFile file) throws FsException {
        file.lock.lock();
        try {
            while (!file.flights.isEmpty() || file.outgoing.isUnderWay()) {
                file.awaitChange("truncate");
            }
        } finally {
            file.lock.unlock();
        }
    }

    Attributes truncate(ServerLink link, FileId id, SetAttributes.Builder request, Installer alsoInstall)
            throws FsException {
        CachedFile known = files.find(id);
        BooleanSupplier lost = locksLost(known); // before the wait, which may be for a session in which they are lost
        Call call = Call.current();
        Trail trail = Call.currentTrail();
        CachedFile stored = known != null && begins(known) ? known : null;
        FileCache.Truncation hold =
                stored != null ? holdToTruncate(stored, call) : known != null ? holdBegun(known) : () -> {};
        ClientFrame.Builder frame = ClientFrame.newBuilder().setSetAttributes(request);
        Installer installer = Installer.unless(lost, answer -> {
            changed(files.find(id), trail, answer.getAttributes(), request.getSize());
            alsoInstall.install(answer);
        });
        AttributesReply reply;
        try {
            reply = link.callUntil(frame, installer, hold::close).getAttributes();
        } finally {
            if (stored != null) {
                stored.pages.forgetting.truncationEnds(call);
            }
        }
        return Wire.attributes(reply.getAttributes());
    }

    long copy(OpenFile from, long fromOffset, OpenFile to, long toOffset, long length, Installer alsoInstall)
            throws FsException {
        CachedFile source = from.cached;
        CachedFile target = to.cached;
        BooleanSupplier sourceLost = locksLost(source);
        BooleanSupplier targetLost = locksLost(target);
        Trail trail = Call.currentTrail();
        former.beginsAnew(); // what is flushed before may be of the same file
        ensureAttached(from, "copy");
        FsException failed = flushHome(source, "copy");
        if (failed != null) {
            throw failed;
        }
        FileCache.Truncation hold = holdAtHome(to, "copy");
        ClientFrame.Builder frame = ClientFrame.newBuilder()
                .setCopyRange(CopyRange.newBuilder()
                        .setFrom(Wire.toWire(source.id))
                        .setFromOffset(fromOffset)
                        .setTo(Wire.toWire(target.id))
                        .setToOffset(toOffset)
                        .setLength(length));
        Installer installer = Installer.unless(() -> sourceLost.getAsBoolean() || targetLost.getAsBoolean(), answer -> {
            changed(target, trail, answer.getAttributes(), 0);
            alsoInstall.install(answer);
        });
        try {
            return target.link
                    .callUntil(frame, installer, hold::close)
                    .getAttributes()
                    .getCopied();
        } catch (FsException e) {
            if (sourceLost.getAsBoolean() || targetLost.getAsBoolean()) { // else the kernel would copy without the lock
                throw new FsException("copy", target.id + " (a lock is lost)", FsError.IO);
            }
            throw e;
        }
    }

    /** As {@link FileCache#locksLost}. */
    static BooleanSupplier locksLost(@Nullable CachedFile file) {
        int before = file == null ? 0 : file.locksLost.get();
        return () -> file != null && file.locksLost.get() != before;
    }

    Attributes allocate(OpenFile handle, int mode, long offset, long length, Installer alsoInstall) throws FsException {
        CachedFile file = handle.cached;
        BooleanSupplier lost = locksLost(file);
        Trail trail = Call.currentTrail();
        FileCache.Truncation hold = holdAtHome(handle, "allocate");
        ClientFrame.Builder frame = ClientFrame.newBuilder()
                .setAllocate(Allocate.newBuilder()
                        .setFile(Wire.toWire(file.id))
                        .setMode(mode)
                        .setOffset(offset)
                        .setLength(length));
        Installer installer = Installer.unless(lost, answer -> {
            changed(file, trail, answer.getAttributes(), 0);
            alsoInstall.install(answer);
        });
        AttributesReply reply =
                file.link.callUntil(frame, installer, hold::close).getAttributes();
        return Wire.attributes(reply.getAttributes());
    }

    /** Holds a file still that the server has open for the handle, with all that was written to it at the server. */
    private FileCache.Truncation holdAtHome(OpenFile handle, String operation) throws FsException {
        CachedFile file = handle.cached;
        ensureAttached(handle, operation);
        FileCache.Truncation hold = hold(file);
        try {
            FsException failed = flush(file, Cause.RECALL, operation);
            if (failed != null) {
                throw failed;
            }
            return hold;
        } catch (FsException e) {
            hold.close();
            throw e;
        }
    }

    /** As {@link #flush}, and again if the session was lost on the way: reopening mends it. */
    private @Nullable FsException flushHome(CachedFile file, String operation) throws FsException {
        Storing.awaitLanded(file, operation);
        FsException failed = flush(file, Cause.FSYNC, operation);
        for (int tries = 1; failed != null && failed.error() == FsError.STALE; tries++) {
            if (tries == FileCache.STALE_TRIES_MAX) {
                throw failed;
            }
            file.link.awaitLease();
            failed = flush(file, Cause.FSYNC, operation);
        }
        return failed;
    }

    /**
     * Writes a file back on behalf of the current call, which may stop waiting before that is done; null if it arrived,
     * else why not. TIMED_OUT, INTERRUPTED.
     */
    @Nullable
    FsException flush(CachedFile file, Cause cause, String operation) throws FsException {
        if (Call.current() == null) {
            return writeBack.flush(file, cause);
        }
        CompletableFuture<Optional<FsException>> outcome = new CompletableFuture<>();
        Thread.ofVirtual().name("write-back " + file.id).start(() -> {
            try {
                outcome.complete(Optional.ofNullable(writeBack.flush(file, cause)));
            } catch (RuntimeException | Error bug) {
                outcome.completeExceptionally(bug);
            }
        });
        return file.link.await(operation, outcome).orElse(null);
    }

    /** Takes a change of data in, unless that was done when it was answered first: more has happened since. */
    private void changed(@Nullable CachedFile file, Trail call, AttributesReply reply, long goodBelow) {
        if (file != null && !call.isTakenIn()) {
            counters.saved.add(ServerChange.takeIn(file, reply, goodBelow));
            call.takesIn();
        }
    }

    /** As {@link FileCache#flush}; {@code isShort}: the domain is nearly full. */
    void close(OpenFile handle, BooleanSupplier isShort) throws FsException {
        CachedFile file = handle.cached;
        boolean broken;
        file.lock.lock();
        try {
            handle.flushed(true);
            broken = handle.isBroken();
        } finally {
            file.lock.unlock();
        }
        if (broken) {
            throw new FsException("close", file.id.toString(), FsError.IO);
        }
        if (handle.flags().write()) {
            if (isShort.getAsBoolean()) {
                var _ = flush(file, Cause.FSYNC, "close");
            }
            writeBack.tellFailure("close", handle);
        }
    }

    void fsync(OpenFile handle, boolean dataOnly) throws FsException {
        int session;
        do {
            // What a server's machine lost before it was committed has to go home again.
            session = sessionsLost(handle.cached);
            commit(handle, dataOnly);
        } while (sessionsLost(handle.cached) != session);
    }

    private static int sessionsLost(CachedFile file) {
        file.lock.lock();
        try {
            return file.sessionsLost.get();
        } finally {
            file.lock.unlock();
        }
    }

    private void commit(OpenFile handle, boolean dataOnly) throws FsException {
        CachedFile file = handle.cached;
        FsException failed = flushHome(file, "fsync");
        file.lock.lock();
        try {
            if (handle.isBroken()) {
                throw new FsException("fsync", file.id.toString(), FsError.IO);
            }
            if (failed != null) {
                handle.failureTold(file.failures);
                throw failed;
            }
            while (file.changes > 0) { // a size from before a truncation must not arrive after it
                file.awaitChange("fsync");
            }
            if (file.reports.isDue() && !file.blocks.isDirty() && !file.recovering) {
                file.postWrittenBack();
            }
        } finally {
            file.lock.unlock();
        }
        writeBack.tellFailure("fsync", handle);
        file.outgoing.send();
        writeBack.committing.commit(file, dataOnly);
    }

    private void ensureAttached(OpenFile handle, String operation) throws FsException {
        CachedFile file = handle.cached;
        boolean attached;
        file.lock.lock();
        try {
            if (handle.isBroken()) {
                throw new FsException(operation, file.id.toString(), FsError.IO);
            }
            attached = handle.isAttached();
        } finally {
            file.lock.unlock();
        }
        if (!attached) {
            opens.attach(handle);
        }
    }
}
