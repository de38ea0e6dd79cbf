package sprite.server.session;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import sprite.common.name.FileId;

/**
 * What one client has of this server: grants, oldest first, and open files. An index of what the files' own entries
 * say, to find everything again when the client dies. Thread-safe: fields guarded by {@code lock}.
 */
public final class Holdings {
    /** Most grants of a client; above it the oldest is taken back. */
    public static final int GRANTS_MAX = 200_000;

    private static final int TAKEN_AT_ONCE = 500;

    /** Guards everything here. A leaf, taken while a file's entry is locked. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Set<GrantKey> grants = new LinkedHashSet<>();

    @GuardedBy("lock")
    private final Map<FileId, Integer> opens = new HashMap<>();

    /** Enters a grant. Returns the grants to take back, if there are too many now. */
    public List<GrantKey> granted(GrantKey grant) {
        lock.lock();
        try {
            grants.add(grant);
            if (grants.size() <= GRANTS_MAX) {
                return List.of();
            }
            List<GrantKey> taken = new ArrayList<>();
            Iterator<GrantKey> oldest = grants.iterator();
            while (taken.size() < TAKEN_AT_ONCE) {
                taken.add(oldest.next());
                oldest.remove();
            }
            return taken;
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

    /** A snapshot of the grants. */
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
