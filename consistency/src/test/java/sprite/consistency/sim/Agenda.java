package sprite.consistency.sim;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** Virtual time, what is to happen when, and the only source of chance. Confined to one thread. */
final class Agenda {
    private static final int MOST_EVENTS = 200_000;

    private final PriorityQueue<Entry> entries =
            new PriorityQueue<>(Comparator.comparingLong(Entry::time).thenComparingLong(Entry::order));
    private final SplittableRandom random;
    private long now;
    private long order;

    /** Something to happen. Entries of one time happen in the order of their making. */
    private record Entry(long time, long order, Runnable action) {}

    Agenda(long seed) {
        random = new SplittableRandom(seed);
    }

    long now() {
        return now;
    }

    /** A number from 0 to {@code bound - 1}. */
    int random(int bound) {
        return random.nextInt(bound);
    }

    boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    void after(long delay, Runnable action) {
        at(now + delay, action);
    }

    void at(long time, Runnable action) {
        entries.add(new Entry(Math.max(now, time), order++, action));
    }

    /** Lets everything happen that is to happen. */
    void run() {
        for (int events = 0; !entries.isEmpty(); events++) {
            if (events > MOST_EVENTS) {
                throw new Violation("the world never comes to rest");
            }
            Entry next = entries.remove();
            now = next.time();
            next.action().run();
        }
    }
}
