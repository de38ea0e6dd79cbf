package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.cache.BlockStore;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Commit;
import sprite.common.wire.proto.WriteReply;

/**
 * Sees to it that what was written back is committed: asks servers where blocks must go or much is uncommitted, and
 * lets go of what they have on disk. Most of it servers commit by themselves, and say so in passing. Thread-safe: state
 * is in the files.
 */
// See "Kept Until Committed" in docs/design-notes.md.
final class Committing {
    private static final Logger log = LoggerFactory.getLogger(Committing.class);

    private final FileTable files;
    private final BlockStore store;

    private final AtomicBoolean looking = new AtomicBoolean();

    /** Servers that are being asked to commit everything. */
    private final Set<ServerLink> asked = ConcurrentHashMap.newKeySet();

    Committing(FileTable files, BlockStore store) {
        this.files = files;
        this.store = store;
    }

    /**
     * Why data that was sent is not at the server, null if it is. With the file's lock held, so that a loss of the
     * session comes before or after this.
     */
    @GuardedBy("file.lock")
    static @Nullable FsError error(CachedFile file, @Nullable WriteReply reply, @Nullable Throwable failure) {
        if (failure != null) {
            return Reader.failure("write", file, failure).error();
        }
        // It was answered, and the power went before it was committed; the news of that has overtaken the answer.
        return file.link.committed().isLost(stamp(reply)) ? FsError.STALE : null;
    }

    /** The commit stamp that covers a write; 0: none. */
    static long stamp(@Nullable WriteReply reply) {
        return reply == null ? 0 : reply.getStamp();
    }

    /** Lets go of what servers have said to have on disk. */
    void scan() {
        if (store.uncommittedBytes() == 0) {
            return;
        }
        for (CachedFile file : files.all()) {
            letGo(file, file.link.committed()::covers);
        }
    }

    private static boolean letGo(CachedFile file, LongPredicate isCommitted) {
        file.lock.lock();
        try {
            file.blocks.uncommitted.committed(isCommitted);
            return file.blocks.uncommitted.isEmpty();
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Has a file committed whose blocks are to be dropped; gives up if {@code over}. False if the server cannot: then
     * they have to be kept.
     */
    boolean beforeDropping(CachedFile file, BooleanSupplier over) {
        if (letGo(file, file.link.committed()::covers)) {
            return true;
        }
        try {
            ask(file, false, true, over);
            return true;
        } catch (FsException e) {
            if (over.getAsBoolean() || e.error() == FsError.NOT_FOUND || e.error() == FsError.STALE) {
                return true; // nobody needs them here, or they are opened again in the next session
            }
            log.warn("file {} of {} could not be committed: {}", file.id, file.link.address(), e.error());
            return false;
        }
    }

    /** fsync: the file is on the server's disk when this returns. */
    void commit(CachedFile file, boolean dataOnly) throws FsException {
        ask(file, dataOnly, false, () -> false);
    }

    private static void ask(CachedFile file, boolean dataOnly, boolean recalled, BooleanSupplier over)
            throws FsException {
        var _ = file.link.call(
                ClientFrame.newBuilder()
                        .setCommit(Commit.newBuilder()
                                .setFile(Wire.toWire(file.id))
                                .setDataOnly(dataOnly)
                                .setRecalled(recalled)),
                reply -> {
                    long stamp = reply.getCommit().getStamp();
                    boolean _ = letGo(
                            file, of -> of <= stamp && !file.link.committed().isLost(of));
                },
                over);
    }

    /**
     * Asks for commits if much is uncommitted, every server that is not being asked. Waits for none, and locks nothing:
     * those who wait for room call this.
     */
    void kick() {
        if (store.isMuchUncommitted() && looking.compareAndSet(false, true)) {
            Thread.ofVirtual().name("commit for space").start(() -> {
                looking.set(false);
                servers().stream().filter(asked::add).forEach(this::begin);
            });
        }
    }

    private void begin(ServerLink link) {
        Thread.ofVirtual().name("commit at " + link.address()).start(() -> {
            boolean done = false;
            try {
                commitAll(link);
                done = true;
            } catch (FsException e) {
                giveUp(link, e);
            } finally {
                asked.remove(link);
            }
            if (done) {
                kick(); // what arrived meanwhile, for which nobody could ask
            }
        });
    }

    /** A server that is away will be asked again; those who wait for room look at their own patience. */
    private void giveUp(ServerLink link, FsException why) {
        if (why.error() != FsError.TIMED_OUT && why.error() != FsError.INTERRUPTED) {
            log.warn("{} could not commit: {}", link.address(), why.error());
            store.giveUp(why);
        }
    }

    private Set<ServerLink> servers() {
        Set<ServerLink> links = new LinkedHashSet<>();
        Set<ServerLink> looked = new HashSet<>();
        for (CachedFile file : files.all()) {
            if (!looked.contains(file.link) && !letGo(file, file.link.committed()::covers)) {
                links.add(file.link);
                looked.add(file.link);
            }
        }
        return links;
    }

    private void commitAll(ServerLink link) throws FsException {
        var _ = link.call(
                ClientFrame.newBuilder().setCommit(Commit.getDefaultInstance()),
                reply -> link.heardCommitted(reply.getCommit().getStamp()),
                () -> false);
        scan();
        store.drain();
    }

    /** Has a server commit what it has of this client, if it has not committed all of {@code files} of it. */
    void commitAll(ServerLink link, Collection<CachedFile> files) {
        boolean isCommitted = true;
        for (CachedFile file : files) {
            isCommitted &= letGo(file, link.committed()::covers);
        }
        if (!isCommitted) {
            try {
                commitAll(link);
            } catch (FsException e) {
                log.warn("{} could not commit: {}", link.address(), e.error());
            }
        }
    }
}
