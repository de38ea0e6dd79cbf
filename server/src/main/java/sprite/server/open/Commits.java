package sprite.server.open;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.status.ServerStatus;

/**
 * How much of what clients have written back is on the disk. Each write-back that is answered is covered by the commit
 * stamp that is current then; a commit takes the stamp, raises it for who comes later, syncs, and has then committed
 * all that the stamp covers. That happens soon after something was written, and whenever a client asks.
 *
 * <p>Thread-safe. {@code commit} methods wait for the disk, and are called without any lock.
 */
// See "Kept Until Committed" in docs/design-notes.md.
public final class Commits {
    private static final Logger log = LoggerFactory.getLogger(Commits.class);

    /** So long after something was written back it is committed, though nobody asks. */
    private static final Duration DELAY = Duration.ofSeconds(5);

    private final Exports exports;
    private final ScheduledExecutorService timers;
    private final Executor workers;

    /** Covers what is answered now. Its upper half is the server's epoch, so that stamps rise over all its lives. */
    private final AtomicLong stamp;

    /** Written under {@code committing}, read by anybody. */
    private volatile long committed;

    /**
     * Domains that were written to and not synced since: entered before the stamp is looked at that covers the write.
     */
    private final Set<Integer> written = ConcurrentHashMap.newKeySet();

    /** Of each file the stamp that covers what was written back last; some of them are committed. */
    private final Map<FileId, Long> files = new ConcurrentHashMap<>();

    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final LongAdder ofAll = new LongAdder();
    private final LongAdder ofFiles = new LongAdder();
    private final LongAdder handOvers = new LongAdder();

    /** Held while everything is synced. Taken by those who hold no other lock. */
    private final ReentrantLock committing = new ReentrantLock();

    @GuardedBy("committing")
    private boolean failing;

    /**
     * Nothing written yet.
     *
     * @param timers starts what is due
     * @param workers runs what waits for the disk
     */
    public Commits(Exports exports, long epoch, ScheduledExecutorService timers, Executor workers) {
        this.exports = exports;
        this.timers = timers;
        this.workers = workers;
        this.committed = epoch << 32;
        this.stamp = new AtomicLong(committed + 1);
    }

    /** What is covered by stamps up to this one is on the disk, names and all. */
    public long committed() {
        return committed;
    }

    /** A write-back has been carried out, and is about to be answered with the stamp that this returns. */
    public long written(FileId file) {
        var _ = written.add(file.domain());
        long covering = stamp.get();
        var _ = files.merge(file, covering, Math::max);
        schedule();
        return covering;
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            var _ = timers.schedule(() -> workers.execute(this::due), DELAY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void due() {
        scheduled.set(false);
        try {
            var _ = commit();
        } catch (FsException e) {
            schedule(); // what failed is tried again
        }
    }

    /** Commits everything; what is covered by the stamp returned is on the disk. */
    public long commit() throws FsException {
        long wanted = stamp.get();
        committing.lock();
        try {
            if (committed < wanted) {
                sync();
            }
            return committed;
        } finally {
            committing.unlock();
        }
    }

    @GuardedBy("committing")
    private void sync() throws FsException {
        long covering = stamp.getAndIncrement();
        Set<Integer> domains = new HashSet<>(written);
        FsException failed = null;
        for (Export export : exports.all()) {
            int number = export.domain().number();
            if (domains.contains(number)) {
                written.remove(number);
                try {
                    export.domain().sync();
                } catch (FsException e) {
                    var _ = written.add(number);
                    complain(export, e);
                    failed = e; // the others are synced all the same
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
        failing = false;
        ofAll.increment();
        committed = covering;
        files.values().removeIf(last -> last <= covering);
    }

    @GuardedBy("committing")
    private void complain(Export export, FsException why) {
        if (!failing) {
            failing = true;
            log.warn(
                    "what was written to {} cannot be synced: {}",
                    export.domain().prefix(),
                    why.error());
        }
    }

    /** Commits one file; what of it is covered by the stamp returned is on the disk. NOT_FOUND. */
    public long commit(FileId file) throws FsException {
        long covering = bring(file);
        ofFiles.increment();
        return covering;
    }

    private long bring(FileId file) throws FsException {
        long covering = stamp.getAndIncrement();
        exports.of(file).domain().commit(file);
        var _ = files.computeIfPresent(file, (_, last) -> last <= covering ? null : last);
        return covering;
    }

    /** Commits what was written back to a file, for the next writer; whether it is on the disk, or gone for good. */
    public boolean handOver(FileId file) {
        try {
            var _ = bring(file);
            handOvers.increment();
            return true;
        } catch (FsException e) {
            if (e.error() == FsError.NOT_FOUND) {
                return true;
            }
            log.warn("file {} cannot be synced for its next writer: {}", file, e.error());
            return false;
        }
    }

    /** How often what was brought to the disk, for the status. */
    public ServerStatus.Commits status() {
        long upTo = committed;
        int files =
                (int) this.files.values().stream().filter(last -> last > upTo).count();
        return new ServerStatus.Commits(ofAll.sum(), ofFiles.sum(), handOvers.sum(), files);
    }

    /** Whether something of the file was written back and may not be on the disk. */
    boolean isUncommitted(FileId file) {
        Long last = files.get(file);
        return last != null && last > committed;
    }
}
