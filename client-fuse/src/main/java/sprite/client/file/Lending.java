package sprite.client.file;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import sprite.client.fs.Borrower;
import sprite.client.fs.Deadline;
import sprite.client.session.ServerLink;

/**
 * To whom pages are lent, and until when. What is lent is called back while the lease still lasts, so that nobody reads
 * what others may have changed since. Thread-safe: volatile fields, each set once, and a list that is.
 */
// See "Pages" in the design notes.
final class Lending {
    /** Pages are called back so long before the end of the lease; whoever may read must know it within that time. */
    private static final long MARGIN_NANOS = 2_500_000_000L;

    /** How often it is looked whether a lease is about to end. */
    private static final Duration INTERVAL = Duration.ofMillis(250);

    /** Where it was waited for a kernel before: one that has not forgotten by then will hardly do so. */
    private static final Duration END_AGAIN_MAX = Duration.ofMillis(250);

    private volatile Borrower borrower = Borrower.NOBODY;
    private volatile boolean over;
    private final List<Scanner> scanners = new CopyOnWriteArrayList<>();

    void begin(Borrower first, FileTable files) {
        borrower = first;
        Lapses lapses = new Lapses();
        scanners.add(new Scanner("pages", INTERVAL, () -> lapses.beforeLeasesEnd(files.all())));
    }

    Borrower borrower() {
        return borrower;
    }

    /** Whether anything is lent at all. */
    boolean isOn() {
        return !borrower.equals(Borrower.NOBODY);
    }

    /**
     * The mount ends: nothing more is lent. Once a file's lock has been held after this, all of its fills know.
     *
     * @param end how long a kernel may take to forget
     */
    void end(FileTable files, Deadline end) {
        boolean again = over;
        over = true;
        scanners.forEach(Scanner::close);
        Lapses.atEnd(files.all(), again ? Deadline.in(END_AGAIN_MAX) : end);
    }

    boolean isOver() {
        return over;
    }

    /** Whether what comes from the server may be lent at this moment. */
    boolean mayLend(ServerLink link) {
        return !over && isLeaseLong(link);
    }

    /** Whether what was lent may stay. */
    static boolean isLeaseLong(ServerLink link) {
        return link.leaseNanosLeft() > MARGIN_NANOS;
    }
}
