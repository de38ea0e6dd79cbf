package sprite.client.fs;

import java.util.concurrent.CompletableFuture;
import sprite.common.name.FileId;

/**
 * Remembers, for programs, what a file system lent to it: attributes and names that are true until it is told
 * otherwise, or until the time of the loan is over; and pages, which it is told to forget in time. Its methods are
 * called by threads that must not wait: they return at once, and wait for no request. When what one returns is
 * complete, no program is answered any more from what is to be forgotten.
 */
public interface Borrower {
    /** It is forgotten already. */
    CompletableFuture<?> FORGOTTEN = CompletableFuture.completedFuture(null);

    /** Forgets the attributes of a file. */
    CompletableFuture<?> forgetAttributes(FileId file);

    /** Forgets which names there are in a directory, and where they lead. */
    CompletableFuture<?> forgetNames(FileId directory);

    /**
     * Begins to forget what it keeps of a file's data. It waits for reads of those pages that are under way.
     *
     * @param length 0 or less: to the end
     */
    CompletableFuture<?> forgetPages(FileId file, long from, long length);

    /** Whether programs may store into pages that it keeps, of files that they have open for writing. */
    default boolean keepsWritablePages() {
        return false;
    }

    /** Borrows nothing. */
    Borrower NOBODY = new Borrower() {
        @Override
        public CompletableFuture<?> forgetAttributes(FileId file) {
            return FORGOTTEN;
        }

        @Override
        public CompletableFuture<?> forgetNames(FileId directory) {
            return FORGOTTEN;
        }

        @Override
        public CompletableFuture<?> forgetPages(FileId file, long from, long length) {
            return FORGOTTEN;
        }
    };
}
