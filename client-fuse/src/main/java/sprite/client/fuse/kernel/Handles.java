package sprite.client.fuse.kernel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import sprite.client.box.Box;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * What is open on this mount, by the numbers that the kernel keeps for it. Thread-safe: changed under {@code lock}, and
 * read without it.
 */
final class Handles<T> {
    /** Guards what is changed here. Innermost, but for leaves: what is made for a number is made with it held. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By number. Replaced when it grows; an element is written before its number is given out. */
    private volatile @Nullable Object[] table = new @Nullable Object[64];

    @GuardedBy("lock")
    private final Deque<Integer> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private int used;

    /** How many numbers have been given, if none is given again: their upper halves. */
    @GuardedBy("lock")
    private long given;

    private final Box box;
    private final Box.Word counter;

    /** What has a number that is not given again: a place in the table and, above that, a count. Immutable. */
    private record Open(long number, Object what) {}

    /**
     * Nothing is open.
     *
     * @param box if it keeps anything no number is given again, since the kernel may ask a later life of this daemon
     *     once more to close what had it
     * @param counter under this the box keeps how many numbers have been given
     */
    Handles(Box box, Box.Word counter) {
        this.box = box;
        this.counter = counter;
    }

    /** What has that number. STALE. */
    @SuppressWarnings("unchecked") // only add writes to the table
    T get(long number) throws FsException {
        @Nullable Object[] elements = table;
        int place = (int) number;
        Object found = place >= 0 && place < elements.length ? elements[place] : null;
        if (found instanceof Open(long its, Object what)) {
            found = its == number ? what : null;
        } else if (place != number) {
            found = null;
        }
        if (found == null) {
            throw new FsException("use", "handle " + number, FsError.STALE);
        }
        return (T) found;
    }

    /** Takes in; returns the number. */
    long add(T opened) {
        lock.lock();
        try {
            long number = next();
            put(number, opened);
            return number;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #add(Object)}, of what is made for its number. */
    long add(LongFunction<T> opened) {
        lock.lock();
        try {
            long number = next();
            put(number, opened.apply(number));
            return number;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private long next() {
        Integer place = free.poll();
        if (place == null) {
            place = used++;
        }
        if (!box.isKept()) {
            return place;
        }
        box.put(counter, ++given); // before the number is
        return (given << Integer.SIZE) | place;
    }

    @GuardedBy("lock")
    private void put(long number, T opened) {
        @Nullable Object[] elements = table;
        int place = (int) number;
        if (place >= elements.length) {
            elements = Arrays.copyOf(elements, elements.length * 2);
        }
        elements[place] = place == number ? opened : new Open(number, opened);
        table = elements; // publishes the element
    }

    /**
     * Takes in, under the numbers that they have, what was open before; nothing has been added yet.
     *
     * @param givenBefore how many numbers have been given that are not given again
     */
    void inherit(SortedMap<Long, T> former, long givenBefore) {
        lock.lock();
        try {
            given = givenBefore;
            for (long number : former.keySet()) {
                used = Math.max(used, (int) number + 1);
                given = Math.max(given, number >>> Integer.SIZE);
            }
            box.put(counter, given);
            table = Arrays.copyOf(table, Math.max(table.length, 2 * used));
            for (Map.Entry<Long, T> opened : former.entrySet()) {
                put(opened.getKey(), opened.getValue());
            }
            for (int place = 0; place < used; place++) {
                if (table[place] == null) {
                    free.add(place);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Everything, by number. */
    @SuppressWarnings("unchecked") // as above
    SortedMap<Long, T> all() {
        SortedMap<Long, T> all = new TreeMap<>();
        @Nullable Object[] elements = table;
        for (int place = 0; place < elements.length; place++) {
            Object element = elements[place];
            if (element instanceof Open(long number, Object what)) {
                all.put(number, (T) what);
            } else if (element != null) {
                all.put((long) place, (T) element);
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
            free.push((int) number); // its place
            return removed;
        } finally {
            lock.unlock();
        }
    }
}
