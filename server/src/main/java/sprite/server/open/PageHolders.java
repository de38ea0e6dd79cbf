package sprite.server.open;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.CallbackDone;
import sprite.consistency.ClientId;
import sprite.server.session.CallbackHandler;
import sprite.server.session.Session;

/**
 * Whose kernels may hold pages of files that they read past their clients' caches. Before the data of such a file
 * changes, all others have been told to drop them and have done so. Programs may store into pages that are writable,
 * and nobody hears of it before these are dropped: so whoever has such is the only holder, and others are given no data
 * before it has dropped them.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. No method waits.
 */
// See "Pages Held Elsewhere" in the design notes.
public final class PageHolders {
    /** A leaf: nothing is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** A server may ask for so many drops in its life, as a power of two. */
    private static final int EPOCH_SHIFT = 40;

    /** Number of the last claim that began to wait. */
    @GuardedBy("lock")
    private long lastTurn;

    /** Number of the last drop that was asked for. */
    @GuardedBy("lock")
    private long lastDrop;

    /**
     * Files of which somebody may hold pages, or whose data is about to change. Changed with the lock held; that a file
     * is not here is seen without it, which most reads do.
     */
    private final Map<FileId, Held> files = new ConcurrentHashMap<>();

    /** What is known of one file. Confined to the lock. */
    private static final class Held {
        final Map<ClientId, Holder> holders = new TreeMap<>();
        final Set<Claim> claims = new LinkedHashSet<>();
    }

    /** A client that may hold pages. Confined to the lock. */
    private static final class Holder {
        final Session session;

        /** What it was asked and has not answered; null if nothing. */
        @Nullable
        Asking asked;

        /** It has read again after it dropped what it was asked to, though its answer is not here. */
        boolean holdsMore;

        /** Programs may have stored into its pages. */
        boolean writable;

        Holder(Session session) {
            this.session = session;
        }

        /** Whether a read was sent after the drop that is being waited for had been done. */
        boolean hasDropped(long dropped) {
            return asked != null && dropped >= asked.drop;
        }
    }

    /**
     * Nobody holds anything.
     *
     * @param epoch the server's, so that drops have higher numbers than those of its earlier lives
     */
    PageHolders(long epoch) {
        lastDrop = epoch << EPOCH_SHIFT;
    }

    /** {@code session} is going to read or change the data of the file. Nothing happens yet. */
    public Claim claim(FileId file, Session session) {
        return new Claim(file, session);
    }

    /** Whether programs of the client may have stored into pages of the file. */
    public boolean mayHaveStored(FileId file, Session session) {
        lock.lock();
        try {
            Held held = files.get(file);
            Holder holder = held == null ? null : held.holders.get(session.client());
            return holder != null && holder.session == session && holder.writable;
        } finally {
            lock.unlock();
        }
    }

    /** Clients on whose hosts programs may have stored into pages. */
    public Set<ClientId> writers() {
        Set<ClientId> found = new HashSet<>();
        lock.lock();
        try {
            for (Held held : files.values()) {
                for (Holder holder : held.holders.values()) {
                    if (holder.writable) {
                        found.add(holder.session.client());
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return found;
    }

    /**
     * An intention to read or change a file's data; closed when that has been done or given up. To be asked again after
     * each wait. Thread-safe.
     */
    public final class Claim implements AutoCloseable {
        private final FileId file;
        private final Session session;

        /** Completes when this is closed; null as long as nobody can wait for that. Written with the lock held. */
        private volatile @Nullable CompletableFuture<@Nullable Void> closed;

        /** Those with lower numbers wait for longer; 0: this one has not waited. Guarded by the lock. */
        private long turn;

        /** The change is made later: nobody begins to hold pages before. Guarded by the lock. */
        private boolean reserves;

        private Claim(FileId file, Session session) {
            this.file = file;
            this.session = session;
        }

        /**
         * For a change that is made at once, under the lock under which others read the data. If others hold pages of
         * the file, they are told to drop them, and whoever holds none begins to only when this is closed.
         *
         * @return null if nobody else holds any; otherwise what to wait for before asking again
         */
        public @Nullable CompletableFuture<?> await() {
            return await(false, false);
        }

        /** As {@link #await}, for a change that is made later: until this is closed nobody begins to hold pages. */
        public @Nullable CompletableFuture<?> reserve() {
            return await(true, false);
        }

        /** As {@link #await}, for a read: others may keep pages into which programs cannot store. */
        public @Nullable CompletableFuture<?> look() {
            return await(false, true);
        }

        private @Nullable CompletableFuture<?> await(boolean ahead, boolean looks) {
            // Who begins to hold pages meanwhile does so under the same lock of the data, or may as well be later.
            if (!ahead && !files.containsKey(file)) {
                return null;
            }
            List<Asking> fresh = new ArrayList<>();
            List<CompletableFuture<?>> all = new ArrayList<>();
            lock.lock();
            try {
                Held held = ahead ? files.computeIfAbsent(file, _ -> new Held()) : files.get(file);
                if (held == null) {
                    return null;
                }
                if (ahead) {
                    reserves = true;
                    register(held);
                }
                askOthers(held, looks, fresh, all);
                if (all.isEmpty()) {
                    return null;
                }
                register(held);
            } finally {
                lock.unlock();
            }
            fresh.forEach(Asking::ask);
            return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
        }

        /**
         * For a read into pages of the client's kernel. To be called under the lock under which the data is then read,
         * and which keeps it from changing meanwhile.
         *
         * @param writable programs may store into the pages: all others are told to drop theirs
         * @param dropped the last drop that the client had done when it sent this
         * @return null: the client is a holder now; or what to wait for before asking again. A client that holds such
         *     pages already never waits: its kernel may have to finish this very read before it can drop them.
         */
        public @Nullable CompletableFuture<?> fill(boolean writable, long dropped) {
            List<Asking> fresh = new ArrayList<>();
            List<CompletableFuture<?>> all = new ArrayList<>();
            CompletableFuture<?> own = null;
            lock.lock();
            try {
                Held held = files.computeIfAbsent(file, _ -> new Held());
                Holder holder = held.holders.get(session.client());
                if (holder != null && holder.session != session) {
                    holder = null;
                }
                boolean holds = holder != null && !holder.hasDropped(dropped);
                if (holder != null && holds && (holder.writable || !writable)) {
                    return null;
                }
                for (Claim claim : held.claims) {
                    if (claim != this && (claim.reserves || turn == 0 || claim.turn < turn)) {
                        all.add(Objects.requireNonNull(claim.closed, "it is registered"));
                    }
                }
                if (all.isEmpty()) {
                    askOthers(held, !writable, fresh, all);
                }
                if (all.isEmpty()) {
                    begin(held, holder, writable);
                    return null;
                }
                register(held);
                if (holder != null && holder.asked != null) {
                    // Once its answer is here it may be a holder again, of what it read before: then it must not wait.
                    own = holder.asked.answer;
                }
            } finally {
                lock.unlock();
            }
            fresh.forEach(Asking::ask);
            CompletableFuture<?> others = CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
            return own == null ? others : CompletableFuture.anyOf(others, own);
        }

        /** With the lock held. */
        private void begin(Held held, @Nullable Holder before, boolean writable) {
            Holder holder = before == null ? new Holder(session) : before;
            holder.holdsMore = holder.asked != null;
            holder.writable |= writable;
            held.holders.put(session.client(), holder);
        }

        /** With the lock held: it takes its turn, if it has none. */
        @SuppressWarnings("GuardedBy") // both callers hold it
        private void register(Held held) {
            if (turn == 0) {
                turn = ++lastTurn;
                closed = closed == null ? new CompletableFuture<>() : closed;
                held.claims.add(this);
            }
        }

        /**
         * With the lock held.
         *
         * @param looks only those into whose pages programs may have stored
         * @param fresh gets those that are to be asked once the lock is free
         * @param all gets all whose answers are to be waited for
         */
        @SuppressWarnings("GuardedBy") // both callers hold it
        private void askOthers(Held held, boolean looks, List<Asking> fresh, List<CompletableFuture<?>> all) {
            for (Holder holder : held.holders.values()) {
                if (!holder.session.client().equals(session.client()) && (!looks || holder.writable)) {
                    Asking asked = holder.asked;
                    if (asked == null) {
                        asked = new Asking(file, holder, ++lastDrop);
                        holder.asked = asked;
                        fresh.add(asked);
                    }
                    all.add(asked.answer);
                }
            }
        }

        @Override
        public void close() {
            CompletableFuture<@Nullable Void> known = closed;
            if (known == null) {
                return; // it did not have to wait, and let nobody wait
            }
            lock.lock();
            try {
                Held held = files.get(file);
                if (held != null) {
                    held.claims.remove(this);
                    forgetIfIdle(file, held);
                }
                turn = 0;
            } finally {
                lock.unlock();
            }
            known.complete(null);
        }

        /** Of one that was registered. */
        private void giveUp() {
            Objects.requireNonNull(closed, "it is registered").complete(null);
        }
    }

    @GuardedBy("lock")
    private void forgetIfIdle(FileId file, Held held) {
        if (held.holders.isEmpty() && held.claims.isEmpty()) {
            files.remove(file, held);
        }
    }

    /** Waits for one client's answer. What it read for its pages after it had dropped them it may hold still. */
    private final class Asking implements CallbackHandler {
        private final FileId file;
        private final Holder holder;
        private final long drop;
        private final CompletableFuture<@Nullable Void> answer = new CompletableFuture<>();

        Asking(FileId file, Holder holder, long drop) {
            this.file = file;
            this.holder = holder;
            this.drop = drop;
        }

        void ask() {
            holder.session.call(Callback.newBuilder().setFile(Wire.toWire(file)).setDropPages(drop), this);
        }

        @Override
        public void done(CallbackDone done) {
            answered(false);
        }

        @Override
        public void died() {
            answered(true);
        }

        private void answered(boolean dead) {
            lock.lock();
            try {
                holder.asked = null;
                Held held = files.get(file);
                if (held != null && (dead || !holder.holdsMore)) {
                    held.holders.remove(holder.session.client(), holder);
                    forgetIfIdle(file, held);
                }
                holder.holdsMore = false;
            } finally {
                lock.unlock();
            }
            answer.complete(null);
        }
    }

    /** A client has closed the file: nobody on its host can read its pages before it opens the file again. */
    void left(FileId file, ClientId client) {
        lock.lock();
        try {
            Held held = files.get(file);
            if (held != null) {
                held.holders.remove(client);
                forgetIfIdle(file, held);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A client is dead: its pages went before its lease ended, and it changes nothing any more. */
    void died(Session session) {
        List<Claim> given = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<FileId, Held> entry : List.copyOf(files.entrySet())) {
                Held held = entry.getValue();
                held.holders.values().removeIf(holder -> holder.session == session);
                for (Claim claim : held.claims) {
                    if (claim.session == session) {
                        given.add(claim);
                    }
                }
                given.forEach(held.claims::remove);
                forgetIfIdle(entry.getKey(), held);
            }
        } finally {
            lock.unlock();
        }
        given.forEach(Claim::giveUp);
    }
}
