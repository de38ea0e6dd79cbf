package sprite.common.wire;

import java.time.Duration;

/** Numbers that both sides of the wire must agree on. */
public final class Protocol {
    /** Version of the protocol; a server refuses a client that speaks another. */
    public static final int VERSION = 6;

    /** Bytes of a cache block, on both sides. */
    public static final int BLOCK_SIZE = 64 * 1024;

    /** Most bytes of data that one Read or Write carries. */
    public static final int TRANSFER_MAX = 1024 * 1024;

    /** Most bytes of any message; a larger one ends the call, not the server. */
    public static final int MESSAGE_MAX = 4 * 1024 * 1024;

    /** Most bytes of an extended attribute's value: the limit of Linux (XATTR_SIZE_MAX). */
    public static final int XATTR_MAX = 64 * 1024;

    /** Most bytes of the names of all extended attributes of a file, each with a NUL: XATTR_LIST_MAX of Linux. */
    public static final int XATTR_LIST_MAX = 64 * 1024;

    /** How long the grants of a silent session live. */
    public static final Duration LEASE = Duration.ofSeconds(10);

    /** By how much two clocks may run apart during a lease. */
    public static final Duration SKEW = Duration.ofSeconds(1);

    private Protocol() {}
}
