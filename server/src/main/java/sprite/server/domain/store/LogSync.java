package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.thread.Joining;

/**
 * Makes the metadata durable for many at once: one thread syncs the log, everybody who asked before it began is served
 * by the same sync.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class LogSync implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LogSync.class);

    private final Tables tables;
    private final Runnable before;
    private final Runnable after;
    private final Thread thread;

    /** Confined to the thread. */
    private boolean complained;

    /** Guards the counts. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition asked = lock.newCondition();
    private final Condition served = lock.newCondition();

    @GuardedBy("lock")
    private long requested;

    @GuardedBy("lock")
    private long done;

    /** Requests up to this one failed, if they were not done before. */
    @GuardedBy("lock")
    private long failed;

    @GuardedBy("lock")
    private @Nullable FsException failure;

    @GuardedBy("lock")
    private boolean closed;

    /** With {@code before} to be run each time before a sync begins, {@code after} when it is done and did not fail. */
    LogSync(Tables tables, Runnable before, Runnable after) {
        this.tables = tables;
        this.before = before;
        this.after = after;
        this.thread = Thread.ofPlatform().name("spritefs-log-sync").daemon().start(this::run);
    }

    /** Asks for a sync of everything written so far, to be waited for with {@link #await}. */
    long request() {
        lock.lock();
        try {
            requested++;
            asked.signal();
            return requested;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a request has been served. */
    void await(long request) throws FsException {
        lock.lock();
        try {
            while (done < request) {
                served.awaitUninterruptibly();
            }
            FsException error = failure;
            if (error != null && request <= failed) {
                throw error;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes everything written so far durable. */
    void sync() throws FsException {
        await(request());
    }

    private void run() {
        while (true) {
            long upTo = next();
            if (upTo < 0) {
                return;
            }
            FsException error = null;
            try {
                before.run();
                tables.sync();
            } catch (FsException e) {
                error = e;
            } catch (RuntimeException | Error e) {
                error = new FsException("sync", "the metadata (" + e + ")", FsError.IO); // whoever waits must hear
            }
            if (error == null) {
                runAfter();
            }
            lock.lock();
            try {
                if (error != null) {
                    failed = upTo;
                    failure = error;
                }
                done = upTo;
                served.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** What comes after is nobody's who waits: where it fails, the thread goes on, and says so once. */
    private void runAfter() {
        try {
            after.run();
        } catch (RuntimeException | Error e) {
            if (!complained) {
                complained = true;
                log.error("after syncing the metadata", e);
            }
        }
    }

    private long next() {
        lock.lock();
        try {
            while (requested == done && !closed) {
                asked.awaitUninterruptibly();
            }
            return requested == done ? -1 : requested;
        } finally {
            lock.unlock();
        }
    }

    /** Serves what was asked for, and ends the thread. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            asked.signal();
        } finally {
            lock.unlock();
        }
        Joining.join(List.of(thread));
    }
}
