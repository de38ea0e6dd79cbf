package sprite.client.fuse.jnr;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fuse.Errno;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/** Carries out one operation for libfuse: nothing may escape into C. Thread-safe: no state. */
final class Operation {
    private static final Logger log = LoggerFactory.getLogger(Operation.class);

    private Operation() {}

    /** An operation on an open file. Returns what libfuse should get: 0, a count. */
    @FunctionalInterface
    interface OnHandle {
        int run(Request request) throws FsException;
    }

    /** An operation on a path. */
    @FunctionalInterface
    interface OnPath {
        int run(Request request, String path) throws FsException;
    }

    /** Runs an operation on an open file; its result or a negative error number. */
    static int op(String name, OnHandle body) {
        return op(name, "", body);
    }

    /** Runs an operation on the path that the C string at {@code path} holds. */
    static int op(String name, long path, OnPath body) {
        String text = path == 0 ? "" : Native.string(path);
        return op(name, text, request -> {
            request.call().isAbout(text);
            return body.run(request, text);
        });
    }

    /** The module's only broad catch. */
    private static int op(String name, String path, OnHandle body) {
        try {
            Request request = Worker.request();
            return request.call().carryOut(() -> body.run(request));
        } catch (FsException e) {
            log.debug("{} {}: {}", name, path, e.getMessage());
            return -Errno.of(e.error());
        } catch (RuntimeException | Error e) {
            log.error("{} {}: a bug, reported to the kernel as EIO", name, path, e);
            return -Errno.of(FsError.IO);
        }
    }
}
