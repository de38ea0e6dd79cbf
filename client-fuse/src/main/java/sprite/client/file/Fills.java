package sprite.client.file;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads of the kernel for pages of one file that have not been answered. Confined to the lock of the file. */
final class Fills {
    /** In place of a number of lapses: even what the server was asked for since the last one. */
    static final int ALL = -1;

    /** They come in whole pages of at least this size. */
    private static final long PAGE = 4096;

    /** In the order in which they came. */
    private final Set<Fill> underWay = new LinkedHashSet<>();

    /** How many changes keep waiting. */
    private int barred;

    /** One of them. Confined to the lock of the file. */
    static final class Fill {
        private final long from;
        private final long to;

        /** Changes have kept it waiting, and it has not had its turn since. */
        private boolean barred;

        /** The server has been asked, and has not answered. */
        boolean away;

        /** How often everything had been called back when the server was asked. */
        int lapse;

        /** The last drop that had been done when the server was asked. */
        long dropped;

        /** The server was told that programs may store into the pages. */
        boolean writable;

        private Fill(long from, long to) {
            this.from = from;
            this.to = to;
        }
    }

    /** Bytes of a file. Immutable. */
    record Range(long from, long to) {}

    Fill begin(long offset, long length) {
        Fill fill = new Fill(offset, offset + length);
        underWay.add(fill);
        return fill;
    }

    void end(Fill fill) {
        underWay.remove(fill);
    }

    /** A change keeps it waiting. */
    void isBarred(Fill fill) {
        if (!fill.barred) {
            fill.barred = true;
            barred++;
        }
    }

    /** It waits for changes no more; returns whether it did. */
    boolean hadItsTurn(Fill fill) {
        boolean did = fill.barred;
        fill.barred = false;
        barred -= did ? 1 : 0;
        return did;
    }

    boolean areBarred() {
        return barred > 0;
    }

    /**
     * Those that the kernel would wait for, though they wait for others.
     *
     * @param lapses fills that the server was asked for since the last one are not among them: it answers those
     */
    Set<Fill> inTheWay(long from, long to, int lapses) {
        Set<Fill> found = new LinkedHashSet<>();
        for (Fill fill : underWay) {
            boolean isOnItsWay = fill.away && fill.lapse == lapses;
            if (fill.from < to && fill.to > from && !isOnItsWay) {
                found.add(fill);
            }
        }
        return found;
    }

    /** What lies between the pages of these fills. */
    static List<Range> between(Set<Fill> fills, long from, long to) {
        List<Range> ranges = new ArrayList<>();
        long at = from;
        for (Fill fill :
                fills.stream().sorted(Comparator.comparingLong(f -> f.from)).toList()) {
            long end = fill.from / PAGE * PAGE;
            if (end > at) {
                ranges.add(new Range(at, end));
            }
            at = Math.max(at, (fill.to + PAGE - 1) / PAGE * PAGE);
        }
        if (at < to) {
            ranges.add(new Range(at, to));
        }
        return ranges;
    }
}
