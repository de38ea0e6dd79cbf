package sprite.client.fuse.jnr;

import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** The functions of libfuse 2.9 that set a mount up, bound by jnr-ffi ({@code fuse.h}, {@code fuse_lowlevel.h}). */
public interface Libfuse {
    /**
     * Mounts and makes the path interface on the mount; null, having said why on stderr, if that fails.
     *
     * @param words a command line: program, options, mount point; {@code char **}
     * @param mountPoint receives a {@code char *}
     * @param multithreaded receives an {@code int}
     */
    @Nullable
    Pointer fuse_setup(
            int wordCount,
            Pointer words,
            Pointer operations,
            long operationsSize,
            Pointer mountPoint,
            Pointer multithreaded,
            Pointer userData);

    Pointer fuse_get_session(Pointer fuse);

    /** The channel behind {@code channel}; the first one for null. */
    Pointer fuse_session_next_chan(Pointer session, Pointer channel);
}
