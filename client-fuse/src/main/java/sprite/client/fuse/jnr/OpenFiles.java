package sprite.client.fuse.jnr;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Handle;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/**
 * What is open on this mount: the numbers that the kernel keeps for handles, and under which path each was opened. The
 * paths serve calls on a descriptor for which libfuse names a path only; they follow renames made on this mount.
 * Thread-safe: fields guarded by {@code lock}; the table of handles is also read without it.
 */
final class OpenFiles {
    /** Guards everything here. Innermost: nothing is called with it held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By number. Replaced when it grows; an element is written once before its number is given out. */
    private volatile @Nullable Entry[] table = new @Nullable Entry[64];

    @GuardedBy("lock")
    private final Deque<Integer> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private int used;

    /** The newest entry opened under a path; older ones hang behind it. */
    @GuardedBy("lock")
    private final Map<String, Entry> byPath = new HashMap<>();

    /** How many handles are open, read without the lock to spare the search when there are none. */
    private final AtomicInteger open = new AtomicInteger();

    /** One handle. Its path and its neighbour are guarded by the outer lock. */
    private static final class Entry {
        final Handle handle;
        String path;

        @Nullable
        Entry older;

        Entry(Handle handle, String path) {
            this.handle = handle;
            this.path = path;
        }
    }

    /** The handle of that number. */
    Handle get(long number) throws FsException {
        @Nullable Entry[] entries = table;
        Entry entry = number >= 0 && number < entries.length ? entries[(int) number] : null;
        if (entry == null) {
            throw new FsException("use", "handle " + number, FsError.STALE);
        }
        return entry.handle;
    }

    /** Takes a handle in; returns its number. */
    long add(Handle handle, String path) {
        lock.lock();
        try {
            Integer number = free.poll();
            if (number == null) {
                number = used++;
                if (used > table.length) {
                    table = Arrays.copyOf(table, table.length * 2);
                }
            }
            var entry = new Entry(handle, path);
            @Nullable Entry[] entries = table;
            entries[number] = entry;
            table = entries; // publishes the element
            link(entry);
            open.incrementAndGet();
            return number;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets a handle and returns it. */
    Handle remove(long number) throws FsException {
        Handle handle = get(number);
        lock.lock();
        try {
            @Nullable Entry[] entries = table;
            Entry entry = entries[(int) number];
            if (entry == null) {
                throw new FsException("release", "handle " + number, FsError.STALE);
            }
            entries[(int) number] = null;
            table = entries;
            unlink(entry);
            free.push((int) number);
            open.decrementAndGet();
            return handle;
        } finally {
            lock.unlock();
        }
    }

    /** The file opened last under a path, if it is open still and another one than {@code now}. */
    @Nullable
    FileId displaced(String path, @Nullable FileId now) {
        if (open.get() == 0) {
            return null;
        }
        lock.lock();
        try {
            Entry newest = byPath.get(path);
            for (Entry entry = newest; entry != null; entry = entry.older) {
                FileId file = entry.handle.file();
                if (!file.equals(now)) {
                    return file;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** The file opened last under a path, if it is open still. */
    @Nullable
    FileId newest(String path) {
        return displaced(path, null);
    }

    /** What was open at a path, or below it, is from now on open at another. */
    void moved(String from, String to) {
        if (open.get() == 0) {
            return;
        }
        lock.lock();
        try {
            String below = from + "/";
            for (String path : byPath.keySet().toArray(String[]::new)) {
                if (path.equals(from) || path.startsWith(below)) {
                    Entry newest = byPath.remove(path);
                    for (Entry entry = newest; entry != null; ) {
                        Entry older = entry.older;
                        entry.path = to + path.substring(from.length());
                        link(entry);
                        entry = older;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void link(Entry entry) {
        entry.older = byPath.put(entry.path, entry);
    }

    @GuardedBy("lock")
    private void unlink(Entry entry) {
        Entry newest = byPath.get(entry.path);
        if (newest == entry) {
            if (entry.older == null) {
                byPath.remove(entry.path);
            } else {
                byPath.put(entry.path, entry.older);
            }
            return;
        }
        while (newest != null && newest.older != entry) {
            newest = newest.older;
        }
        if (newest != null) {
            newest.older = entry.older;
        }
    }
}
