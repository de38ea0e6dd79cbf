package sprite.client.fuse;

import sprite.common.error.FsError;

/**
 * Error numbers of Linux, the same on x86-64 and aarch64 ({@code asm-generic/errno-base.h}, {@code errno.h}). Pure
 * functions.
 */
public final class Errno {
    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EIO = 5;
    private static final int ENXIO = 6;
    private static final int E2BIG = 7;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int EBUSY = 16;
    private static final int EEXIST = 17;
    private static final int EXDEV = 18;
    private static final int ENOTDIR = 20;
    private static final int EISDIR = 21;
    private static final int EINVAL = 22;
    private static final int ETXTBSY = 26;
    private static final int EFBIG = 27;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int EMLINK = 31;
    private static final int ERANGE = 34;
    private static final int EDEADLK = 35;
    private static final int ENAMETOOLONG = 36;
    private static final int ENOTEMPTY = 39;
    private static final int ELOOP = 40;
    private static final int ENODATA = 61;
    private static final int EPROTO = 71;
    private static final int EOPNOTSUPP = 95;
    private static final int ETIMEDOUT = 110;
    private static final int EHOSTUNREACH = 113;
    private static final int ESTALE = 116;

    private Errno() {}

    /** The error number that programs see, positive. */
    public static int of(FsError error) {
        return switch (error) {
            case NOT_FOUND -> ENOENT;
            case EXISTS -> EEXIST;
            case NOT_DIRECTORY -> ENOTDIR;
            case IS_DIRECTORY -> EISDIR;
            case NOT_EMPTY -> ENOTEMPTY;
            case ACCESS_DENIED -> EACCES;
            case NOT_PERMITTED -> EPERM;
            case INVALID -> EINVAL;
            case NAME_TOO_LONG -> ENAMETOOLONG;
            case FILE_TOO_BIG -> EFBIG;
            case NO_SPACE -> ENOSPC;
            case CROSS_DOMAIN -> EXDEV;
            case TOO_MANY_LINKS -> EMLINK;
            case TOO_MANY_REDIRECTS -> ELOOP;
            case WOULD_BLOCK -> EAGAIN;
            case DEADLOCK -> EDEADLK;
            case INTERRUPTED -> EINTR;
            case NO_ATTRIBUTE -> ENODATA;
            case NOT_SUPPORTED -> EOPNOTSUPP;
            case TOO_SMALL -> ERANGE;
            case TOO_LARGE -> E2BIG;
            case TEXT_BUSY -> ETXTBSY;
            case BUSY -> EBUSY;
            case READ_ONLY -> EROFS;
            case STALE -> ESTALE;
            case TIMED_OUT -> ETIMEDOUT;
            case NO_PREFIX -> EHOSTUNREACH;
            case PROTOCOL_MISMATCH -> EPROTO;
            case PAST_END -> ENXIO;
            case BAD_REQUEST, CORRUPT, IO -> EIO;
        };
    }
}
