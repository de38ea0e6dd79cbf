package sprite.client.box;

/** What a box keeps, and of each how much at most. The order is that of the file's regions. */
public enum Kind {
    /** A file of which something is known that a server does not know, or that is open. */
    FILE(0, 128, 1 << 19),
    /** An open file. */
    HANDLE(1, 64, 1 << 20),
    /** A directory that is being listed. */
    DIRECTORY(2, 1024, 1 << 15),
    /** A request of the kernel that is being carried out, and what servers have been asked for it. */
    CALL(3, 512, 1 << 13),
    /** A lock of a program, or one that a server has still to give up. */
    LOCK(4, 256, 1 << 17),
    /** An open file that a write may change more of than its data. */
    MARK(5, 32, 1 << 17),
    /** A frame that a server has perhaps not heard. */
    NOTE(6, 1024, 1 << 16),
    /** A session with a server. */
    SESSION(7, 16_384, 1 << 8),
    /** A line of the prefix table. */
    PREFIX(8, 4096, 1 << 12),
    /** Dirty bytes. */
    BLOCK(9, 32, 1 << 21),
    /** What a piece of the memory for blocks is cut into. */
    CHUNK(10, 16, 1 << 14);

    /** Bytes of one. */
    final int bytes;

    /** Most of them. */
    final int most;

    /** Of this kind in the header. */
    final int number;

    Kind(int number, int bytes, int most) {
        this.number = number;
        this.bytes = bytes;
        this.most = most;
    }

    /** Where the kind's region begins in the file. */
    long begin() {
        long at = Box.HEADER_BYTES;
        for (Kind before : values()) {
            if (before == this) {
                break;
            }
            at += before.regionBytes();
        }
        return at;
    }

    long regionBytes() {
        return (long) bytes * most;
    }
}
