package sprite.server.open;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
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
 * changes, all others have been told to drop them and have done so.
 *
 * <p>Thread-safe: fields guarded by {@code lock}. No method waits.
 */
// See "Pages Held Elsewhere" in the design notes.
public final class PageHolders {
    /** A leaf: nothing is locked while it is held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** A server may ask for so many drops in its life, as a power of two. */
    private static final int EPOCH_SHIFT = 40;

    /** Number of the last drop that was asked for. */
    @GuardedBy("lock")
    private long lastDrop;

    /** Files of which somebody may hold pages, or whose data is about to change. */
    @GuardedBy("lock")
    private final Map<FileId, Held> files = new HashMap<>();

    /** What is known of one file. Confined to the lock. */
    private static final class Held {
        final Map<ClientId, Holder> holders = new TreeMap<>();
        final Set<Claim> claims = new HashSet<>();

        /** Completes when there is no claim any more. */
        CompletableFuture<@Nullable Void> free = new CompletableFuture<>();
    }

    /** A client that may hold pages. Confined to the lock. */
    private static final class Holder {
        final Session session;

        /** What it was asked and has not answered; null if nothing. */
        @Nullable
        Asking asked;

        /** It has read again after it dropped what it was asked to, though its answer is not here. */
        boolean holdsMore;

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

    /**
     * A client reads a file for its pages. To be called under the lock under which the data is then read, and which
     * keeps it from changing meanwhile.
     *
     * @param dropped the last drop that the client had done when it sent this
     * @return null, or what to wait for before asking again: somebody is about to change the data. A client that holds
     *     pages already never waits: its kernel may have to finish this very read before it can drop them.
     */
    public @Nullable CompletableFuture<?> read(FileId file, Session session, long dropped) {
        lock.lock();
        try {
            Held held = files.computeIfAbsent(file, _ -> new Held());
            Holder holder = held.holders.get(session.client());
            if (holder != null && holder.session != session) {
                holder = null;
            }
            if (holder != null && !holder.hasDropped(dropped)) {
                return null;
            }
            if (!held.claims.isEmpty()) {
                return held.free;
            }
            if (holder != null) {
                holder.holdsMore = true;
            } else {
                held.holders.put(session.client(), new Holder(session));
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** {@code session} is going to change the data of the file. Nothing happens yet. */
    public Claim claim(FileId file, Session session) {
        return new Claim(file, session);
    }

    /** An intention to change a file's data; closed when that has been done or given up. Thread-safe. */
    public final class Claim implements AutoCloseable {
        private final FileId file;
        private final Session session;

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
            return await(false);
        }

        /** As {@link #await}, for a change that is made later: until this is closed nobody begins to hold pages. */
        public @Nullable CompletableFuture<?> reserve() {
            return await(true);
        }

        private @Nullable CompletableFuture<?> await(boolean reserves) {
            List<Asking> fresh = new ArrayList<>();
            List<CompletableFuture<?>> all = new ArrayList<>();
            lock.lock();
            try {
                Held held = reserves ? files.computeIfAbsent(file, _ -> new Held()) : files.get(file);
                if (held == null) {
                    return null;
                }
                if (reserves) {
                    held.claims.add(this);
                }
                for (Holder holder : held.holders.values()) {
                    if (!holder.session.client().equals(session.client())) {
                        Asking asked = holder.asked;
                        if (asked == null) {
                            asked = new Asking(file, holder, ++lastDrop);
                            holder.asked = asked;
                            fresh.add(asked);
                        }
                        all.add(asked.answer);
                    }
                }
                if (all.isEmpty()) {
                    return null;
                }
                held.claims.add(this);
            } finally {
                lock.unlock();
            }
            for (Asking asking : fresh) {
                asking.holder.session.call(
                        Callback.newBuilder().setFile(Wire.toWire(file)).setDropPages(asking.drop), asking);
            }
            return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
        }

        @Override
        public void close() {
            CompletableFuture<?> free = null;
            lock.lock();
            try {
                Held held = files.get(file);
                if (held != null && held.claims.remove(this)) {
                    free = freed(held);
                    forgetIfIdle(file, held);
                }
            } finally {
                lock.unlock();
            }
            if (free != null) {
                free.complete(null);
            }
        }
    }

    /** With the lock held: what to complete without it, if nobody is about to change the data any more. */
    private static @Nullable CompletableFuture<?> freed(Held held) {
        if (!held.claims.isEmpty()) {
            return null;
        }
        CompletableFuture<?> free = held.free;
        held.free = new CompletableFuture<>();
        return free;
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
        List<CompletableFuture<?>> free = new ArrayList<>();
        lock.lock();
        try {
            for (Map.Entry<FileId, Held> entry : List.copyOf(files.entrySet())) {
                Held held = entry.getValue();
                held.holders.values().removeIf(holder -> holder.session == session);
                if (held.claims.removeIf(claim -> claim.session == session)) {
                    CompletableFuture<?> now = freed(held);
                    if (now != null) {
                        free.add(now);
                    }
                }
                forgetIfIdle(entry.getKey(), held);
            }
        } finally {
            lock.unlock();
        }
        free.forEach(future -> future.complete(null));
    }
}
