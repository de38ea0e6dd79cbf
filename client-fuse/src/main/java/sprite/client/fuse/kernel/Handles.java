package sprite.client.fuse.kernel;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
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

    /** How many numbers have been given: their upper halves, so that none is ever given again. */
    @GuardedBy("lock")
    private long given;

    private final LongConsumer counter;

    /** What has a number, which is a place in the table and, above that, how many were given before. Immutable. */
    private record Open(long number, Object what) {}

    /** @param counter told how many numbers have been given, before one is */
    Handles(LongConsumer counter) {
        this.counter = counter;
    }

    /** What has that number. STALE. */
    @SuppressWarnings("unchecked") // only add writes to the table
    T get(long number) throws FsException {
        @Nullable Object[] elements = table;
        int place = (int) number;
        boolean there = place >= 0 && place < elements.length;
        if (there && elements[place] instanceof Open(long its, Object what) && its == number) {
            return (T) what;
        }
        throw new FsException("use", "handle " + number, FsError.STALE);
    }

    /** Takes in; returns the number. */
    long add(T opened) {
        return add(_ -> opened);
    }

    /** As {@link #add(Object)}, of what is made for its number. */
    long add(LongFunction<T> opened) {
        lock.lock();
        try {
            Integer place = free.poll();
            if (place == null) {
                place = used++;
            }
            @Nullable Object[] elements = table;
            if (place >= elements.length) {
                elements = Arrays.copyOf(elements, elements.length * 2);
            }
            counter.accept(++given);
            long number = (given << Integer.SIZE) | place;
            elements[place] = new Open(number, opened.apply(number));
            table = elements; // publishes the element
            return number;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in, under the numbers that they have, what was open before; nothing has been added yet.
     *
     * @param givenBefore how many numbers have been given
     */
    void inherit(SortedMap<Long, T> former, long givenBefore) {
        lock.lock();
        try {
            given = givenBefore;
            for (long number : former.keySet()) {
                used = Math.max(used, (int) number + 1);
                given = Math.max(given, number >>> Integer.SIZE);
            }
            counter.accept(given);
            @Nullable Object[] elements = Arrays.copyOf(table, Math.max(table.length, 2 * used));
            former.forEach((number, opened) -> elements[number.intValue()] = new Open(number, opened));
            for (int place = 0; place < used; place++) {
                if (elements[place] == null) {
                    free.add(place);
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
        for (Object element : elements) {
            if (element instanceof Open(long number, Object what)) {
                all.put(number, (T) what);
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
