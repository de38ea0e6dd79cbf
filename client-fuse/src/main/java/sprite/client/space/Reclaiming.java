package sprite.client.space;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.client.fs.LockRequest;
import sprite.client.session.ServerLink;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Domain;

/**
 * Takes the locks that processes here hold again at a server that lost the session. A lock that the server does not
 * give again may have been another's meanwhile: whoever relied on it must not go on as if nothing had happened, so
 * reads and writes through the descriptors that may hold it fail from then on. Confined to the recovery's thread.
 */
final class Reclaiming {
    private static final Logger log = LoggerFactory.getLogger(Reclaiming.class);

    private final Holdings held;
    private final ServerLink link;
    private boolean over;

    Reclaiming(Holdings held, ServerLink link) {
        this.held = held;
        this.link = link;
    }

    void run() {
        for (Domain domain : link.domains()) {
            held.locks().forEach(domain.getNumber(), this::reclaim);
        }
    }

    private void reclaim(FileId file, LockRequest lock) {
        if (over) {
            return;
        }
        var request = ClientFrame.newBuilder()
                .setLock(Locking.toWire(file, lock).setWait(false).setReclaim(true));
        try {
            var _ = link.call(request, ServerLink.Installer.NONE, () -> false);
        } catch (FsException e) {
            if (e.error() == FsError.TIMED_OUT || e.error() == FsError.INTERRUPTED) {
                over = true; // the session is lost once more, and so is this recovery
                return;
            }
            log.warn("file {}: a {} lock is lost ({}); its descriptors fail from now on", file, lock.kind(), e.error());
            var _ = held.locks().forget(file, HeldLocks.Owner.of(lock));
            held.files().lockLost(file);
        }
    }
}
