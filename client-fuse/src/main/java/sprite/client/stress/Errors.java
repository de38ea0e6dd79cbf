package sprite.client.stress;

import sprite.consistency.history.Outcome;

/** Error numbers of Linux, and what they say of an attempt. Pure functions. */
public final class Errors {
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int EFAULT = 14;
    public static final int EEXIST = 17;
    public static final int ENODEV = 19;
    public static final int EISDIR = 21;
    public static final int ELOOP = 40;

    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int ENOTEMPTY = 39;
    private static final int ECONNABORTED = 103;
    private static final int ENOTCONN = 107;
    private static final int ETIMEDOUT = 110;
    private static final int ESTALE = 116;

    private Errors() {}

    /** What is known of a change whose call returned this. */
    public static Outcome ofChange(long result) {
        if (result >= 0) {
            return Outcome.OK;
        }
        return switch ((int) -result) {
            case EINTR, EIO, ECONNABORTED, ENOTCONN, ETIMEDOUT, ESTALE -> Outcome.UNKNOWN;
            default -> Outcome.FAILED;
        };
    }

    /** Its name, if it is a common one. */
    public static String name(long result) {
        return switch ((int) -result) {
            case ENOENT -> "ENOENT";
            case EINTR -> "EINTR";
            case EIO -> "EIO";
            case EFAULT -> "EFAULT";
            case EEXIST -> "EEXIST";
            case ENODEV -> "ENODEV";
            case EISDIR -> "EISDIR";
            case EINVAL -> "EINVAL";
            case ENOSPC -> "ENOSPC";
            case ENOTEMPTY -> "ENOTEMPTY";
            case ELOOP -> "ELOOP";
            case ECONNABORTED -> "ECONNABORTED";
            case ENOTCONN -> "ENOTCONN";
            case ETIMEDOUT -> "ETIMEDOUT";
            case ESTALE -> "ESTALE";
            default -> "errno-" + -result;
        };
    }
}
