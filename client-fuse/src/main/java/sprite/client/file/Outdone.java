package sprite.client.file;

import java.util.function.BooleanSupplier;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Reopen;

/**
 * Data that a server had and lost before it was committed, and that is not wanted any more: somebody has written after
 * it, who was only let in when it was committed, or this client has removed the file. No state.
 */
final class Outdone {
    private Outdone() {}

    /**
     * A server has refused to open a file again. Drops what is outdone, if that is why; then the file may still be
     * opened again. Else returns false.
     */
    static boolean drop(CachedFile file, FsError why, BooleanSupplier isInVain) {
        boolean removed = why == FsError.NOT_FOUND && isRemoved(file);
        if (!removed && (why != FsError.STALE || !isNewerThere(file, isInVain))) {
            return false;
        }
        file.lock.lock();
        try {
            return file.blocks.dropAgain();
        } finally {
            file.lock.unlock();
        }
    }

    private static boolean isRemoved(CachedFile file) {
        file.lock.lock();
        try {
            return file.removed;
        } finally {
            file.lock.unlock();
        }
    }

    /**
     * Whether the server's version of the file is above the one here. Otherwise it was refused because this client had
     * been given up, or because the server does not have its domain, and nobody has written. Asked by opening nothing
     * again, which the server answers during grace, too.
     */
    private static boolean isNewerThere(CachedFile file, BooleanSupplier isInVain) {
        long here;
        file.lock.lock();
        try {
            here = file.right.version().value();
        } finally {
            file.lock.unlock();
        }
        Reopen.Builder nothing =
                Reopen.newBuilder().setFile(Wire.toWire(file.id)).setVersion(here);
        while (!isInVain.getAsBoolean()) {
            try {
                return file.link
                                .call(ClientFrame.newBuilder().setReopen(nothing), ServerLink.Installer.NONE, isInVain)
                                .getOpen()
                                .getAttributes()
                                .getVersion()
                        > here;
            } catch (FsException e) {
                if (isRefusal(e)) {
                    return false;
                }
            }
        }
        return false;
    }

    /** Whether the server refused it, and not the wait for it ended. */
    static boolean isRefusal(FsException e) {
        return e.error() != FsError.TIMED_OUT && e.error() != FsError.INTERRUPTED;
    }
}
