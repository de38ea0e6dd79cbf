package sprite.client.file;

import java.time.Duration;
import sprite.client.fs.Borrower;
import sprite.client.session.ServerLink;

/**
 * To whom pages are lent, and until when. What is lent is called back while the lease still lasts, so that nobody reads
 * what others may have changed since. Thread-safe: one volatile field, set once.
 */
// See "Pages" in the design notes.
final class Lending {
    /** Pages are called back so long before the end of the lease; whoever may read must know it within that time. */
    private static final long MARGIN_NANOS = 2_500_000_000L;

    /** How often it is looked whether a lease is about to end. */
    static final Duration INTERVAL = Duration.ofMillis(250);

    private volatile Borrower borrower = Borrower.NOBODY;

    void begin(Borrower first) {
        borrower = first;
    }

    Borrower borrower() {
        return borrower;
    }

    /** Whether anything is lent at all. */
    boolean isOn() {
        return !borrower.equals(Borrower.NOBODY);
    }

    /** Whether what comes from the server may be lent at this moment. */
    static boolean isLeaseLong(ServerLink link) {
        return link.leaseNanosLeft() > MARGIN_NANOS;
    }
}
