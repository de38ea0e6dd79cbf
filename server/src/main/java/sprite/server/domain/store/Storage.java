package sprite.server.domain.store;

/** Where a regular file's data lies. */
public enum Storage {
    /** There is none: the file is empty, or all hole, or no regular file. */
    NONE(0),
    /** In the table of inline data. */
    INLINE(1),
    /** In a data file. */
    FILE(2);

    private final int code;

    Storage(int code) {
        this.code = code;
    }

    /** What stands for it in a record, in two bits. */
    int code() {
        return code;
    }
}
