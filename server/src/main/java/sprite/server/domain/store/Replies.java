package sprite.server.domain.store;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import sprite.common.error.FsException;
import sprite.server.domain.ReplyKey;

/**
 * Which replies are kept. Forgetting those that were acknowledged makes entries in memory; they leave the table with
 * the next change, many at a time, and if the server ends before that they are forgotten again when the client says so
 * again.
 *
 * <p>Thread-safe: fields guarded by {@code lock}.
 */
final class Replies {
    private static final byte[] AFTER_ALL = new byte[25];

    static {
        java.util.Arrays.fill(AFTER_ALL, (byte) 0xFF);
    }

    /** So many are kept for a client that acknowledges none; one that does has far fewer requests under way. */
    private static final int KEPT_MAX = 65_536;

    /** Guards the sets. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Session, NavigableSet<Long>> kept = new HashMap<>();

    @GuardedBy("lock")
    private List<byte[]> forgotten = new ArrayList<>();

    private record Session(long client, long session) {}

    /** Learns from the table what is kept. */
    void load(Tables tables) throws FsException {
        lock.lock();
        try {
            kept.clear();
            forgotten = new ArrayList<>();
            tables.scan(Table.REPLIES, Keys.NOTHING, AFTER_ALL, (key, _) -> {
                add(new ReplyKey(Keys.toLong(key, 0), Keys.toLong(key, 8), Keys.toLong(key, 16)));
                return true;
            });
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a reply is kept. */
    void add(ReplyKey key) {
        lock.lock();
        try {
            NavigableSet<Long> seqs =
                    kept.computeIfAbsent(new Session(key.client(), key.session()), _ -> new TreeSet<>());
            seqs.add(key.seq());
            if (seqs.size() > KEPT_MAX) {
                forgotten.add(Keys.reply(new ReplyKey(key.client(), key.session(), seqs.removeFirst())));
            }
        } finally {
            lock.unlock();
        }
    }

    boolean contains(ReplyKey key) {
        lock.lock();
        try {
            NavigableSet<Long> seqs = kept.get(new Session(key.client(), key.session()));
            return seqs != null && seqs.contains(key.seq());
        } finally {
            lock.unlock();
        }
    }

    /** Those that are kept for the same client and session under higher numbers. */
    List<ReplyKey> above(ReplyKey last) {
        lock.lock();
        try {
            NavigableSet<Long> seqs = kept.getOrDefault(new Session(last.client(), last.session()), new TreeSet<>());
            return seqs.tailSet(last.seq(), false).stream()
                    .map(seq -> new ReplyKey(last.client(), last.session(), seq))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /** Notes that a reply is not kept any more, nor in the table. */
    void remove(ReplyKey key) {
        lock.lock();
        try {
            NavigableSet<Long> seqs = kept.get(new Session(key.client(), key.session()));
            if (seqs != null) {
                seqs.remove(key.seq());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets the replies of a session up to and including {@code seq}. */
    void forget(long client, long session, long seq) {
        lock.lock();
        try {
            Session whose = new Session(client, session);
            NavigableSet<Long> seqs = kept.get(whose);
            if (seqs == null) {
                return;
            }
            NavigableSet<Long> old = seqs.headSet(seq, true);
            for (long one : old) {
                forgotten.add(Keys.reply(new ReplyKey(client, session, one)));
            }
            old.clear();
            if (seqs.isEmpty()) {
                kept.remove(whose);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The keys to delete from the table. */
    List<byte[]> takeForgotten() {
        lock.lock();
        try {
            if (forgotten.isEmpty()) {
                return List.of();
            }
            List<byte[]> taken = forgotten;
            forgotten = new ArrayList<>();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Takes keys back whose deletion failed. */
    void putBackForgotten(List<byte[]> keys) {
        lock.lock();
        try {
            forgotten.addAll(keys);
        } finally {
            lock.unlock();
        }
    }
}
