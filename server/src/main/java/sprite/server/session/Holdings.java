package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.locks.ReentrantLock;
import sprite.common.name.FileId;

/**
 * What one client has of this server: grants, those first that it asked for least recently, and open files. An index of
 * what the files' own entries say, to find everything again when the client dies. Thread-safe: fields guarded by
 * {@code lock}.
 */
public final class Holdings {
    /** Most grants of a client, as long as nobody says otherwise. */
    public static final int GRANTS_MAX = 200_000;

    private static final int TAKEN_AT_ONCE = 500;

    /** No more than a part of all. */
    private static final int PARTS_MIN = 10;

    private final int grantsMax;

    /** Guards everything here. A leaf, taken while a file's entry is locked. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final SequencedSet<GrantKey> grants = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Map<FileId, Integer> opens = new HashMap<>();

    /** @param grantsMax most grants; above it those are taken back that were asked for least recently. At least 1 */
    public Holdings(int grantsMax) {
        this.grantsMax = grantsMax;
    }

    /** Enters a grant. Returns the grants to take back, if there are too many now. */
    public List<GrantKey> granted(GrantKey grant) {
        lock.lock();
        try {
            grants.addLast(grant);
            if (grants.size() <= grantsMax) {
                return List.of();
            }
            int many = Math.clamp(grantsMax / PARTS_MIN, 1, TAKEN_AT_ONCE);
            List<GrantKey> taken = new ArrayList<>(many);
            while (taken.size() < many) {
                taken.add(grants.removeFirst());
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** What is granted already was asked for again. Says nothing of a grant that is about to be taken back. */
    public void askedAgain(GrantKey grant) {
        lock.lock();
        try {
            if (grants.contains(grant)) {
                grants.addLast(grant);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A grant has gone. */
    public void revoked(GrantKey grant) {
        lock.lock();
        try {
            grants.remove(grant);
        } finally {
            lock.unlock();
        }
    }

    /** The client uses this file so many times; 0: no more, and it has no dirty blocks of it either. */
    public void uses(FileId file, int count) {
        lock.lock();
        try {
            if (count == 0) {
                opens.remove(file);
            } else {
                opens.put(file, count);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A snapshot of the grants, those first that were asked for least recently. */
    public List<GrantKey> grants() {
        lock.lock();
        try {
            return new ArrayList<>(grants);
        } finally {
            lock.unlock();
        }
    }

    /** A snapshot of the files in use. */
    public List<FileId> files() {
        lock.lock();
        try {
            return new ArrayList<>(opens.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** How many grants it has. */
    public int grantCount() {
        lock.lock();
        try {
            return grants.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many files it uses. */
    public int fileCount() {
        lock.lock();
        try {
            return opens.size();
        } finally {
            lock.unlock();
        }
    }
}
