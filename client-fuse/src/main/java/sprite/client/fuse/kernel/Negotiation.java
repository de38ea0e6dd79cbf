package sprite.client.fuse.kernel;

/**
 * What driver and kernel agree upon in the first exchange, INIT. Immutable.
 *
 * @param minor version of the protocol, its major being 7
 * @param readAheadMax bytes that the kernel may read ahead
 * @param features bits of both {@code flags} (low) and {@code flags2} (high)
 */
record Negotiation(int minor, int readAheadMax, long features) {
    static final int MAJOR = 7;

    /** Linux 5.4. */
    static final int MINOR_MIN = 31;

    static final int MINOR_MAX = 45;

    /** Most bytes of data in one request. */
    static final int TRANSFER_MAX = 1 << 20;

    /** The same, in pages of 4 KiB; where pages are larger the kernel stops at the bytes. */
    static final short PAGES_MAX = 256;

    /**
     * How many requests nobody waits for, such as read-ahead, are under way at most, and from when on that is many.
     * What is more the kernel holds back, with its pages locked; whoever has to have those forgotten must know of the
     * read.
     */
    static final short BACKGROUND_MAX = 4096;

    static final short CONGESTED = 4096;

    // FUSE_* of linux/fuse.h.
    private static final long ASYNC_READ = 1;
    private static final long POSIX_LOCKS = 1L << 1;
    private static final long ATOMIC_O_TRUNC = 1L << 3;
    private static final long BIG_WRITES = 1L << 5;
    private static final long DONT_MASK = 1L << 6;
    private static final long FLOCK_LOCKS = 1L << 10;
    private static final long DO_READDIRPLUS = 1L << 13;
    private static final long READDIRPLUS_AUTO = 1L << 14;
    private static final long ASYNC_DIO = 1L << 15;
    private static final long PARALLEL_DIROPS = 1L << 18;
    private static final long POSIX_ACL = 1L << 20;
    private static final long MAX_PAGES = 1L << 22;
    private static final long EXPLICIT_INVAL_DATA = 1L << 25;
    private static final long INIT_EXT = 1L << 30;

    /** Files in direct mode can be mapped shared; the mappings have pages. */
    private static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;

    private static final long WANTED = ASYNC_READ
            | POSIX_LOCKS
            | ATOMIC_O_TRUNC
            | BIG_WRITES
            | DONT_MASK
            | FLOCK_LOCKS
            | ASYNC_DIO
            | PARALLEL_DIROPS
            | MAX_PAGES
            | EXPLICIT_INVAL_DATA
            | INIT_EXT;

    /** Of no use unless names and attributes are lent with a listing. */
    private static final long LISTING_LENDS = DO_READDIRPLUS | READDIRPLUS_AUTO;

    /** Since when INC_EPOCH is there, without which no names are lent: minor version. */
    private static final int EPOCH_MINOR = 44;

    /** Since when NOTIFY_RESEND is there (Linux 6.9). */
    private static final int RESEND_MINOR = 40;

    /** Since when there is TMPFILE. */
    private static final int TMPFILE_MINOR = 37;

    /** Since when there is STATX. */
    private static final int STATX_MINOR = 39;

    /**
     * Takes of a kernel's offer what this driver knows.
     *
     * @param checks the kernel checks access, for which it has to ask for access control lists
     */
    static Negotiation of(int minor, int readAheadMax, long offered, Caching caching, boolean checks) {
        boolean lends = caching != Caching.NOTHING && minor >= EPOCH_MINOR;
        return new Negotiation(
                Math.min(minor, MINOR_MAX),
                Integer.compareUnsigned(readAheadMax, TRANSFER_MAX) < 0 ? readAheadMax : TRANSFER_MAX,
                offered
                        & (WANTED
                                | (caching == Caching.PAGES_TOO ? DIRECT_IO_ALLOW_MMAP : 0)
                                | (lends ? LISTING_LENDS : 0)
                                | (checks ? POSIX_ACL : 0)));
    }

    /** Whether the kernel asks for access control lists, and keeps them until it is told to forget attributes. */
    boolean keepsAcls() {
        return (features & POSIX_ACL) != 0;
    }

    /** Whether files can be mapped shared, and stored into. */
    boolean mapsForWriting() {
        return (features & DIRECT_IO_ALLOW_MMAP) != 0;
    }

    /** Whether the kernel sends requests again that nobody has answered, and so a mount can change hands. */
    boolean sendsAgain() {
        return minor >= RESEND_MINOR;
    }

    /** Whether the kernel can be told to forget names. */
    boolean knowsEpochs() {
        return minor >= EPOCH_MINOR;
    }

    /** Whether the kernel asks for attributes with listings where programs look at them. */
    boolean listsWithAttributes() {
        return (features & LISTING_LENDS) == LISTING_LENDS;
    }

    /** Whether the kernel asks for files without a name. */
    boolean makesNamelessFiles() {
        return minor >= TMPFILE_MINOR;
    }

    /** Whether the kernel asks for the time when a file was made. */
    boolean asksForBirthTimes() {
        return minor >= STATX_MINOR;
    }

    /** Whether requests may be as large as {@link #TRANSFER_MAX}. */
    boolean movesLargeRequests() {
        return (features & MAX_PAGES) != 0;
    }

    /** Whether names of one directory are looked up at the same time. */
    boolean looksUpInParallel() {
        return (features & PARALLEL_DIROPS) != 0;
    }

    /** The version of the protocol, for people. */
    String version() {
        return MAJOR + "." + minor;
    }
}
