package sprite.client.call;

/**
 * What a call has done so far that must not be done twice, kept for who carries it out after this daemon was killed.
 * The kernel asks for it again then, and the servers answer what they are asked under the same number from what they
 * kept. Confined to the thread that carries the call out.
 */
public interface Trail {
    /** What a write of data is called, in place of a kind of request. */
    int WRITE = 1000;

    /** Of a call of which nothing is kept. */
    Trail NONE = new Trail() {};

    /** Whether what is said here is kept. */
    default boolean isKept() {
        return false;
    }

    /** The number under which a server was asked something in the life before; each is told once. 0: it was not. */
    default long taken(int kind, int server) {
        return 0;
    }

    /** Whether {@link #taken} would tell of one, at whatever server. */
    default boolean has(int kind) {
        return false;
    }

    /** A server is about to be asked under a number. */
    default void asks(int kind, int server, long number) {}

    /**
     * So many bytes of what is written are in the cache or at the server: what was asked until now with {@link #WRITE}
     * is over.
     */
    default void wrote(long bytes) {}

    /** What {@link #wrote} said last. */
    default long written() {
        return 0;
    }

    /** Where nothing is appended, or it is not known where. */
    long NOWHERE = -1;

    /** What comes behind {@link #written} is about to be appended there, in the cache; {@link #NOWHERE}: it is not. */
    default void appends(long offset) {}

    /** What {@link #appends} said of what comes behind {@link #written}, in the life before. */
    default long appended() {
        return NOWHERE;
    }

    /**
     * A file, by its {@code st_ino}, is held still until the servers have answered what is asked from now on: that
     * changes its data there.
     */
    default void holds(long file) {}

    /** What was cached of the file is as it has to be after that. From any thread. */
    default void takesIn() {}

    /**
     * Whether that was so, in this life or in the one before: the answer that is given once more does not change the
     * file again. From any thread.
     */
    default boolean isTakenIn() {
        return false;
    }
}
