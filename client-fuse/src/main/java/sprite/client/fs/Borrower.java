package sprite.client.fs;

import java.util.concurrent.CompletableFuture;
import sprite.common.name.FileId;

/**
 * Remembers, for programs, what a file system lent to it: attributes and names that are true until it is told
 * otherwise, or until the time of the loan is over. Its methods are called by threads that must not wait: they return
 * at once, and wait for no request. When what one returns is complete, no program is answered any more from what is to
 * be forgotten.
 */
public interface Borrower {
    /** It is forgotten already. */
    CompletableFuture<?> FORGOTTEN = CompletableFuture.completedFuture(null);

    /** Forgets the attributes of a file. */
    CompletableFuture<?> forgetAttributes(FileId file);

    /** Forgets which names there are in a directory, and where they lead. */
    CompletableFuture<?> forgetNames(FileId directory);

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
    };
}
