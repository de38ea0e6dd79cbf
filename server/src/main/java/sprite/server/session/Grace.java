package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.consistency.ClientId;

/**
 * The time after a restart in which a server hears what its former clients had open, written and locked, and does
 * nothing that could be in the way of that. It ends as soon as all of them have said so, or are gone; those that do not
 * even come are waited for until their leases must have ended.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
public final class Grace {
    private static final Logger log = LoggerFactory.getLogger(Grace.class);

    /** A leaf: nothing else is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Those of whom nothing has been heard. */
    @GuardedBy("lock")
    private final Set<ClientId> missing;

    /** Those who are here and are telling what they have. */
    @GuardedBy("lock")
    private final Set<ClientId> recovering = new HashSet<>();

    /** Those who may say what they had. */
    @GuardedBy("lock")
    private final Set<ClientId> former;

    /** Those of them on whose hosts programs may have stored into pages. */
    private final Set<ClientId> storing;

    private final long endNanos;
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private final CompletableFuture<Void> stored = new CompletableFuture<>();

    /**
     * Begins; over at once if there is nobody to wait for.
     *
     * @param storing those on whose hosts programs may have stored into pages
     * @param endNanos when the lease of each former client must have ended, by the server's monotonic clock
     */
    public Grace(Set<ClientId> former, Set<ClientId> storing, long endNanos) {
        this.missing = new HashSet<>(former);
        this.former = new HashSet<>(former);
        this.storing = Set.copyOf(storing);
        this.endNanos = endNanos;
        if (Collections.disjoint(former, storing)) {
            stored.complete(null);
        }
        if (former.isEmpty()) {
            over.complete(null);
        } else {
            log.info("waiting until {} former clients have told what they have", former.size());
        }
    }

    /** Whether everything may be served. */
    public boolean isOver() {
        return over.isDone();
    }

    /** Completes when everything may be served, on a thread that must not be kept. */
    public CompletableFuture<Void> over() {
        return over;
    }

    /**
     * Completes when nothing is missing any more that programs stored into pages of files before the restart, on a
     * thread that must not be kept. At once if none of those who are waited for had such pages.
     */
    public CompletableFuture<Void> stored() {
        return stored;
    }

    /** How many clients are still waited for. */
    public int awaited() {
        lock.lock();
        try {
            return isOver() ? 0 : missing.size() + recovering.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A client is here. {@code recovers}: it had a session before, and will say when it has told everything. One that
     * was given up before the restart is not waited for.
     */
    void came(ClientId client, boolean recovers) {
        lock.lock();
        try {
            missing.remove(client);
            if (recovers && !isOver() && former.contains(client)) {
                recovering.add(client);
            } else {
                recovering.remove(client);
            }
        } finally {
            lock.unlock();
        }
        endIfSettled();
    }

    /** Whether a client may have again what it had in the server's former life: the grace is for it. */
    public boolean mayReclaim(ClientId client) {
        lock.lock();
        try {
            return !isOver() && former.contains(client);
        } finally {
            lock.unlock();
        }
    }

    /** A client is gone, and with it everything that it had. */
    void gone(ClientId client) {
        lock.lock();
        try {
            former.remove(client);
        } finally {
            lock.unlock();
        }
        recovered(client);
    }

    /** A client has told everything. */
    public void recovered(ClientId client) {
        lock.lock();
        try {
            missing.remove(client);
            recovering.remove(client);
        } finally {
            lock.unlock();
        }
        endIfSettled();
    }

    /** Those who have not come in time; they are waited for until each of them is {@link #gone}. */
    Set<ClientId> overdue(long nowNanos) {
        if (isOver() || nowNanos - endNanos < 0) {
            return Set.of();
        }
        lock.lock();
        try {
            return Set.copyOf(missing);
        } finally {
            lock.unlock();
        }
    }

    private void endIfSettled() {
        boolean ends;
        boolean storedIsHere;
        lock.lock();
        try {
            ends = missing.isEmpty() && recovering.isEmpty();
            storedIsHere = Collections.disjoint(missing, storing) && Collections.disjoint(recovering, storing);
        } finally {
            lock.unlock();
        }
        if (storedIsHere) {
            stored.complete(null);
        }
        if (ends && over.complete(null)) {
            log.info("serving everything again");
        }
    }
}
