package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.cache.BlockStore;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.WriteReply;
import sprite.common.wire.proto.WriteRequest;

/**
 * Brings dirty blocks home: a file whose oldest dirty byte is old enough, all of it together; what fsync and recalls
 * ask for; and the oldest or largest when memory is short. A block that is on its way is not sent again before it was
 * answered, so the server never sees two versions of it in the wrong order.
 *
 * <p>Thread-safe: state is in the files.
 */
final class WriteBack {
    private static final Logger log = LoggerFactory.getLogger(WriteBack.class);

    /** Writes of one file that are on their way together. */
    private static final int FLIGHTS_MAX = 8;

    /** So often a file is tried again that the server refuses as none of this client's; then it is given up. */
    private static final int STALE_TRIES_MAX = 6;

    /** Files written back together when memory is short. */
    private static final int FILES_AT_ONCE = 16;

    private final FileTable files;
    private final BlockStore store;
    private final Counters counters;
    private final LongSupplier nanoTime;
    private final Duration delay;
    private final SpaceWatch space;
    private final LostAndFound lostAndFound;
    private final int largeBlocks;
    final Committing committing;
    private final AtomicBoolean cleaning = new AtomicBoolean();
    private final AtomicLong kicks = new AtomicLong();

    WriteBack(
            FileTable files,
            BlockStore store,
            Counters counters,
            LongSupplier nanoTime,
            Duration delay,
            SpaceWatch space,
            LostAndFound lostAndFound) {
        this.files = files;
        this.store = store;
        this.counters = counters;
        this.nanoTime = nanoTime;
        this.delay = delay;
        this.space = space;
        this.lostAndFound = lostAndFound;
        this.committing = new Committing(files, store);
        this.largeBlocks = (int) Math.max(1, store.pinnedMax() / 16 / Protocol.BLOCK_SIZE);
    }

    /**
     * Writes back all that was dirty when this was called; null if it arrived, else why not.
     *
     * @param cause RECALL also goes on while a truncation is under way
     */
    @Nullable
    FsException flush(CachedFile file, Cause cause) {
        long failuresBefore = failures(file);
        // What is on its way and dirtied again needs a second pass; a recall lets nobody write, so it ends clean.
        for (int pass = 0; pass < 2 || cause == Cause.RECALL; pass++) {
            sendAll(file, cause, false);
            FsException failed = awaitFlights(file, failuresBefore);
            if (failed != null) {
                return failed;
            }
            file.lock.lock();
            try {
                if (!file.blocks.isDirty()) {
                    return null;
                }
            } finally {
                file.lock.unlock();
            }
        }
        return null;
    }

    private static long failures(CachedFile file) {
        file.lock.lock();
        try {
            return file.failures;
        } finally {
            file.lock.unlock();
        }
    }

    /** Sends what can be sent; returns whether there was anything. */
    private boolean sendAll(CachedFile file, Cause cause, boolean fullOnly) {
        boolean any = false;
        long failuresBefore = failures(file);
        while (true) {
            WriteRun run;
            long flight;
            long version;
            file.lock.lock();
            try {
                while (file.flights.size() >= FLIGHTS_MAX
                        || (file.changes > 0 && cause != Cause.RECALL && file.blocks.hasUnsent())) {
                    file.changed.awaitUninterruptibly();
                }
                run = file.failures == failuresBefore ? file.blocks.takeOff(fullOnly, Protocol.TRANSFER_MAX) : null;
                if (run == null) {
                    return any;
                }
                flight = ++file.flightsStarted;
                file.flights.add(flight);
                version = file.right.version().value();
            } finally {
                file.lock.unlock();
            }
            any = true;
            send(file, run, flight, version, cause);
        }
    }

    private void send(CachedFile file, WriteRun run, long flight, long version, Cause cause) {
        WriteRequest.Builder request = WriteRequest.newBuilder()
                .setFile(Wire.toWire(file.id))
                .setOffset(run.offset())
                .setData(run.data())
                .setWriteBack(true)
                .setVersion(version);
        CompletableFuture<WriteReply> answer;
        try {
            answer = file.link.write(request);
        } catch (RuntimeException e) { // the line is closed: what took off has to land all the same
            answer = CompletableFuture.failedFuture(e);
        }
        var _ = answer.whenComplete((reply, failure) -> landed(file, run, flight, cause, reply, failure));
    }

    private void landed(
            CachedFile file,
            WriteRun run,
            long flight,
            Cause cause,
            @Nullable WriteReply reply,
            @Nullable Throwable failure) {
        FsError error;
        FsError before;
        file.lock.lock();
        try {
            file.flights.remove(flight);
            error = Committing.error(file, reply, failure);
            before = file.failure;
            file.failure = error;
            // A file that is gone for good has no home to bring data to.
            file.blocks.land(run, error == null || error == FsError.NOT_FOUND, Committing.stamp(reply));
            if (error != null) {
                file.failures++;
            }
            file.staleTries = error == FsError.STALE ? file.staleTries + 1 : 0;
            file.tellIfClean();
            file.changed.signalAll();
        } finally {
            file.lock.unlock();
        }
        if (error != null && isPassing(error)) {
            // The news that file or session are gone is on its way, and decides; that a server is away is told once.
            log.debug("write back {}: {}", file.id, error);
        } else if (error != null && before == null) {
            String why = failure == null
                    ? error.name()
                    : Reader.failure("write", file, failure).getMessage();
            log.warn("write back {}: {}; the data stays here and is tried again", file.id, why);
        } else if (error == null && before != null && !isPassing(before)) {
            log.info("write back {}: works again", file.id);
        }
        if (reply != null && error == null) {
            counters.wroteBack(cause, run.data().size());
            space.note(file, reply.getSpaceLow(), reply.getSpaceFree());
        }
        file.outgoing.send();
        store.drain();
        committing.kick();
    }

    private static boolean isPassing(FsError error) {
        return error == FsError.STALE || error == FsError.NOT_FOUND || error == FsError.TIMED_OUT;
    }

    /** Waits until what has been sent so far is answered; tells if something has failed since. */
    private static @Nullable FsException awaitFlights(CachedFile file, long failuresBefore) {
        file.lock.lock();
        try {
            long last = file.flightsStarted;
            while (!file.flights.isEmpty() && file.flights.first() <= last) {
                file.changed.awaitUninterruptibly();
            }
            FsError failure = file.failure;
            boolean failed = file.failures != failuresBefore && failure != null && failure != FsError.NOT_FOUND;
            return failed && failure != null ? new FsException("write back", file.id.toString(), failure) : null;
        } finally {
            file.lock.unlock();
        }
    }

    /** Throws why delayed writes of the file fail, once for each handle and failure. */
    void tellFailure(String operation, OpenFile handle) throws FsException {
        CachedFile file = handle.cached;
        file.lock.lock();
        try {
            FsError failure = file.failure;
            boolean undecided = failure == FsError.NOT_FOUND || failure == FsError.STALE;
            if (failure == null || undecided || handle.failureTold() == file.failures) {
                return;
            }
            handle.failureTold(file.failures);
            throw new FsException(operation, file.id.toString(), failure);
        } finally {
            file.lock.unlock();
        }
    }

    // --------------------------------------------------------------------------------------------- delayed write

    /** Starts to write back every file that has been dirty for long enough, or failed before. Waits for none. */
    void scan() {
        committing.scan();
        long now = nanoTime.getAsLong();
        for (CachedFile file : files.all()) {
            boolean due;
            boolean homeless;
            file.lock.lock();
            try {
                file.tellIfClean();
                homeless = file.staleTries >= STALE_TRIES_MAX && !file.recovering && file.recalls == 0;
                file.blocks.age();
                boolean old = now - file.dirtySince >= delay.toNanos() || file.failure != null;
                due = old && mayBegin(file);
            } finally {
                file.lock.unlock();
            }
            file.outgoing.send();
            if (homeless && file.link.isLeaseValid()) {
                lostAndFound.keepUncommitted(file, FsError.STALE);
            } else if (due) {
                Thread.ofVirtual().name("write-back " + file.id).start(() -> {
                    var _ = flush(file, Cause.DELAY);
                });
            }
            files.forgetIfIdle(file);
        }
        store.drain();
    }

    /** Whether there is something to write back that nobody has asked for, and nothing stands in its way. */
    @GuardedBy("file.lock")
    static boolean mayBegin(CachedFile file) {
        return file.blocks.hasUnsent() && !file.removed && !file.recovering && file.changes == 0;
    }

    // ------------------------------------------------------------------------------------------ need of memory

    /** Something was dirtied: begins early if much is dirty, so that a long stream of writes never stands still. */
    void dirtied(int dirtyBlocksOfFile) {
        long pinned = store.pinnedBytes();
        boolean stream = pinned > store.pinnedMax() / 4 && dirtyBlocksOfFile >= largeBlocks;
        if ((stream || pinned > store.pinnedMax() / 4 * 3) && !cleaning.get()) {
            kick();
        }
    }

    /** Sees to it that somebody makes room. */
    void kick() {
        committing.kick();
        kicks.incrementAndGet();
        if (cleaning.compareAndSet(false, true)) {
            Thread.ofVirtual().name("write-back for space").start(this::clean);
        }
    }

    private void clean() {
        long seen;
        do {
            seen = kicks.get();
            try {
                boolean progress = true;
                while (progress) {
                    progress = cleanSome();
                }
            } finally {
                cleaning.set(false);
            }
        } while (kicks.get() != seen && cleaning.compareAndSet(false, true));
    }

    /** One round; false if it brought nothing or there is no need. */
    private boolean cleanSome() {
        boolean urgent = store.isWanted() || store.pinnedBytes() > store.pinnedMax() / 4 * 3;
        if (!urgent && store.pinnedBytes() <= store.pinnedMax() / 4) {
            return false;
        }
        Optional<CachedFile> large = files.all().stream()
                .filter(file -> dirtyBlocks(file) >= largeBlocks)
                .max(Comparator.comparingInt(WriteBack::dirtyBlocks));
        if (large.isPresent()) {
            CachedFile file = large.get();
            long before = failures(file);
            if (sendAll(file, Cause.SPACE, true) && failures(file) == before) {
                return true;
            }
        }
        return urgent && flushOldest();
    }

    /** Writes back the files that have been dirty longest. */
    private boolean flushOldest() {
        List<CachedFile> candidates = new ArrayList<>();
        for (CachedFile file : files.all()) {
            if (dirtyBlocks(file) > 0 || isFlying(file)) {
                candidates.add(file);
            }
        }
        candidates.sort(Comparator.comparingLong(WriteBack::dirtySince));
        FsException reason = null;
        for (int i = 0; i < candidates.size(); i += FILES_AT_ONCE) {
            List<CachedFile> some = candidates.subList(i, Math.min(candidates.size(), i + FILES_AT_ONCE));
            Map<CachedFile, FsException> failed = flushTogether(some, Cause.SPACE);
            if (failed.size() < some.size()) {
                return true;
            }
            reason = failed.values().iterator().next();
        }
        if (reason != null) {
            store.giveUp(reason);
        }
        return false;
    }

    /** Writes several files back at the same time; returns those that failed, and why. */
    Map<CachedFile, FsException> flushTogether(Collection<CachedFile> some, Cause cause) {
        Map<CachedFile, FsException> failed = new ConcurrentHashMap<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (CachedFile file : some) {
                threads.execute(() -> {
                    FsException why = flush(file, cause);
                    if (why != null) {
                        failed.put(file, why);
                    }
                });
            }
        }
        return failed;
    }

    private static int dirtyBlocks(CachedFile file) {
        file.lock.lock();
        try {
            return file.changes > 0 || file.recovering ? 0 : file.blocks.dirtyBlocks();
        } finally {
            file.lock.unlock();
        }
    }

    private static boolean isFlying(CachedFile file) {
        file.lock.lock();
        try {
            return !file.flights.isEmpty();
        } finally {
            file.lock.unlock();
        }
    }

    private static long dirtySince(CachedFile file) {
        file.lock.lock();
        try {
            return file.dirtySince;
        } finally {
            file.lock.unlock();
        }
    }
}
