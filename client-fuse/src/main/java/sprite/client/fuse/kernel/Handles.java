package sprite.client.fuse.kernel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * What is open on this mount, by the numbers that the kernel keeps for it. Thread-safe: changed under {@code lock}, and
 * read without it.
 */
final class Handles<T> {
    /** Guards what is changed here. Innermost: nothing is called with it held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By number. Replaced when it grows; an element is written before its number is given out. */
    private volatile @Nullable Object[] table = new @Nullable Object[64];

    @GuardedBy("lock")
    private final Deque<Integer> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private int used;

    /** What has that number. STALE. */
    @SuppressWarnings("unchecked") // only add writes to the table
    T get(long number) throws FsException {
        @Nullable Object[] elements = table;
        Object found = number >= 0 && number < elements.length ? elements[(int) number] : null;
        if (found == null) {
            throw new FsException("use", "handle " + number, FsError.STALE);
        }
        return (T) found;
    }

    /** Takes in; returns the number. */
    long add(T opened) {
        lock.lock();
        try {
            Integer number = free.poll();
            if (number == null) {
                number = used++;
            }
            @Nullable Object[] elements = table;
            if (number >= elements.length) {
                elements = Arrays.copyOf(elements, elements.length * 2);
            }
            elements[number] = opened;
            table = elements; // publishes the element
            return number;
        } finally {
            lock.unlock();
        }
    }

    /** Takes in, under the numbers that they have, what was open before; nothing has been added yet. */
    void inherit(SortedMap<Long, T> former) {
        lock.lock();
        try {
            used = former.isEmpty() ? 0 : Math.toIntExact(former.lastKey()) + 1;
            @Nullable Object[] elements = Arrays.copyOf(table, Math.max(table.length, 2 * used));
            former.forEach((number, opened) -> elements[Math.toIntExact(number)] = opened);
            for (int number = 0; number < used; number++) {
                if (elements[number] == null) {
                    free.add(number);
                }
            }
            table = elements;
        } finally {
            lock.unlock();
        }
    }

    /** Everything, by number. */
    @SuppressWarnings("unchecked") // as above
    SortedMap<Long, T> all() {
        SortedMap<Long, T> all = new TreeMap<>();
        @Nullable Object[] elements = table;
        for (int i = 0; i < elements.length; i++) {
            Object element = elements[i];
            if (element != null) {
                all.put((long) i, (T) element);
            }
        }
        return all;
    }

    /** Forgets, and returns what was forgotten. */
    T remove(long number) throws FsException {
        lock.lock();
        try {
            T removed = get(number);
            @Nullable Object[] elements = table;
            elements[(int) number] = null;
            table = elements;
            free.push((int) number);
            return removed;
        } finally {
            lock.unlock();
        }
    }
}
