package sprite.consistency.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * The bounds of what a stat of one file may show, in blocks: at least what finished writes made of it, at most what
 * begun writes could have made of it. Confined to one thread.
 */
final class Sizes {
    private final String name;
    private final List<Change> changes = new ArrayList<>();

    /** A write up to {@code size}, or a truncation to exactly that. */
    static final class Change {
        private final boolean exact;
        private final int size;
        private final long start;
        private long end = Long.MAX_VALUE;

        private Change(boolean exact, int size, long start, long end) {
            this.exact = exact;
            this.size = size;
            this.start = start;
            this.end = end;
        }

        void ended(long time) {
            end = time;
        }

        /** It may have been lost with its client. */
        void mayBeLost() {
            end = Long.MAX_VALUE;
        }
    }

    Sizes(String name) {
        this.name = name;
        changes.add(new Change(true, 0, -2, -1));
    }

    Change writing(int size, long start) {
        Change change = new Change(false, size, start, Long.MAX_VALUE);
        changes.add(change);
        return change;
    }

    Change truncating(int size, long start) {
        Change change = new Change(true, size, start, Long.MAX_VALUE);
        changes.add(change);
        return change;
    }

    /** A stat, or an append that chose its place, saw {@code size}. */
    void seen(String how, int size, long start) {
        long truncated = -1;
        for (Change change : changes) {
            if (change.exact && change.end < start) {
                truncated = Math.max(truncated, change.start);
            }
        }
        int most = 0;
        for (Change change : changes) {
            if (change.end >= truncated) {
                most = Math.max(most, change.size);
            }
            if (change.end < start && size < change.size && !mayBeCutSince(change)) {
                throw new Violation("%s: %s saw size %d, but %d had been reached before it began"
                        .formatted(name, how, size, change.size));
            }
        }
        if (size > most) {
            throw new Violation("%s: %s saw size %d, but nothing reached beyond %d".formatted(name, how, size, most));
        }
    }

    private boolean mayBeCutSince(Change grown) {
        return changes.stream().anyMatch(c -> c.exact && c.size < grown.size && c.end > grown.start);
    }
}
