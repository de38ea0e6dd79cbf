package sprite.server.lock;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.consistency.ClientId;

/**
 * The locks of this server: a {@link LockSpace} under one lock, its answers turned into futures.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. Futures are completed without it.
 */
public final class LockTable implements Locks {
    /** Guards all locks and waits. A leaf: nothing else is locked, and no future completed, while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final LockSpace space = new LockSpace();

    /** What waits, by ticket. */
    @GuardedBy("lock")
    private final Map<Long, Pending> pending = new HashMap<>();

    @GuardedBy("lock")
    private long tickets;

    /** How much is locked. Immutable. */
    public record Counts(int held, int waiting) {}

    /** A request on its way. Knows its ticket, so that it can be cancelled. */
    private static final class Pending extends CompletableFuture<@Nullable Void> {
        private final long ticket;
        private final LockWish wish;

        private Pending(long ticket, LockWish wish) {
            this.ticket = ticket;
            this.wish = wish;
        }

        private void refuse(FsError error) {
            completeExceptionally(new FsException("lock", wish.file().toString(), error));
        }
    }

    /** A pending request and what it was answered. */
    private record Settled(Pending request, @Nullable FsError refusal) {
        private void tell() {
            if (refusal == null) {
                request.complete(null);
            } else {
                request.refuse(refusal);
            }
        }
    }

    @Override
    public CompletableFuture<@Nullable Void> lock(
            LockOwner owner,
            FileId file,
            LockKind kind,
            LockType type,
            long start,
            long end,
            boolean blocking,
            int pid) {
        LockWish wish = new LockWish(owner, file, kind, type, start, end, pid);
        Pending request;
        List<Settled> settled;
        lock.lock();
        try {
            request = new Pending(++tickets, wish);
            pending.put(request.ticket, request);
            settled = settle(space.ask(request.ticket, wish, blocking));
        } finally {
            lock.unlock();
        }
        settled.forEach(Settled::tell);
        return request;
    }

    @Override
    public boolean cancel(CompletableFuture<@Nullable Void> waiting) {
        if (!(waiting instanceof Pending request)) {
            throw new IllegalArgumentException("not a wait for a lock");
        }
        lock.lock();
        try {
            if (!space.cancel(request.ticket, request.wish)) {
                return false;
            }
            pending.remove(request.ticket);
        } finally {
            lock.unlock();
        }
        request.refuse(FsError.INTERRUPTED);
        return true;
    }

    @Override
    public @Nullable HeldLock test(LockOwner owner, FileId file, LockType type, long start, long end) {
        lock.lock();
        try {
            return space.conflict(new LockWish(owner, file, LockKind.POSIX, type, start, end, 0));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void releaseAll(ClientId client) {
        List<Settled> settled;
        lock.lock();
        try {
            settled = settle(space.forget(client));
        } finally {
            lock.unlock();
        }
        settled.forEach(Settled::tell);
    }

    @Override
    public void releaseFile(ClientId client, FileId file) {
        List<Settled> settled;
        lock.lock();
        try {
            settled = settle(space.forget(client, file));
        } finally {
            lock.unlock();
        }
        settled.forEach(Settled::tell);
    }

    /** How much is locked at the moment. */
    public Counts counts() {
        lock.lock();
        try {
            return new Counts(space.heldCount(), space.waitingCount());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private List<Settled> settle(List<Answer> answers) {
        List<Settled> settled = new ArrayList<>(answers.size());
        for (Answer answer : answers) {
            Pending request = pending.remove(answer.ticket());
            if (request != null) {
                settled.add(new Settled(request, answer.refusal()));
            }
        }
        return settled;
    }
}
