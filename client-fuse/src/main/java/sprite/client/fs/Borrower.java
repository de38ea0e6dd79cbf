package sprite.client.fs;

import sprite.common.name.FileId;

/**
 * Remembers, for programs, what a file system lent to it: attributes and names that are true until it is told
 * otherwise, or until the time of the loan is over. Its methods are called by threads that must not wait: they return
 * at once, and wait for no request. When one has returned, no program is answered from what is to be forgotten.
 */
public interface Borrower {
    /** Forgets the attributes of a file. */
    void forgetAttributes(FileId file);

    /** Forgets which names there are in a directory, and where they lead. */
    void forgetNames(FileId directory);

    /** Borrows nothing. */
    Borrower NOBODY = new Borrower() {
        @Override
        public void forgetAttributes(FileId file) {}

        @Override
        public void forgetNames(FileId directory) {}
    };
}
