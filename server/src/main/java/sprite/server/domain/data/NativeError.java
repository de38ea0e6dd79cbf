package sprite.server.domain.data;

import java.io.IOException;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** A system call that failed. */
public final class NativeError extends IOException {
    private static final long serialVersionUID = 1;

    private static final int ENOENT = 2;
    private static final int ENXIO = 6;
    private static final int EFBIG = 27;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int EOPNOTSUPP = 95;
    private static final int EDQUOT = 122;

    private final int errno;

    NativeError(String call, int errno) {
        super(call + " failed, errno " + errno);
        this.errno = errno;
    }

    /** Whether the file system under the domain does not know the operation. */
    public boolean isUnsupported() {
        return errno == EOPNOTSUPP;
    }

    /** Whether there is nothing of that name. */
    public boolean isMissing() {
        return errno == ENOENT;
    }

    /** Whether what was looked for does not come any more in the file. */
    boolean isPastEnd() {
        return errno == ENXIO;
    }

    /** What to tell a client. */
    public FsException toFsException(String operation, Object subject) {
        FsError error = switch (errno) {
            case ENOSPC, EDQUOT -> FsError.NO_SPACE;
            case EFBIG -> FsError.FILE_TOO_BIG;
            case EROFS -> FsError.READ_ONLY;
            default -> FsError.IO;
        };
        return new FsException(operation, subject + " (" + getMessage() + ")", error);
    }
}
