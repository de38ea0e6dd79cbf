package sprite.client.space;

import java.util.function.BooleanSupplier;
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
    private final BooleanSupplier isInVain;

    Reclaiming(Holdings held, ServerLink link, BooleanSupplier isInVain) {
        this.held = held;
        this.link = link;
        this.isInVain = isInVain;
    }

    void run() {
        for (Domain domain : link.domains()) {
            held.locks().forEach(domain.getNumber(), this::reclaim);
        }
    }

    private void reclaim(FileId file, LockRequest lock) {
        if (isInVain.getAsBoolean()) {
            return;
        }
        try {
            ask(file, lock);
        } catch (FsException e) {
            if (e.error() == FsError.TIMED_OUT || e.error() == FsError.INTERRUPTED || isInVain.getAsBoolean()) {
                return; // the session is lost once more, and so is this recovery
            }
            log.warn("file {}: a {} lock is lost ({}); its descriptors fail from now on", file, lock.kind(), e.error());
            held.files().lockLost(file);
            HeldLocks.Unlocks unlocks = held.locks().forget(file, HeldLocks.Owner.of(lock), _ -> {});
            for (LockRequest unlock : unlocks.requests()) {
                giveUp(file, unlock);
            }
            unlocks.done().run();
        }
    }

    private void ask(FileId file, LockRequest lock) throws FsException {
        var request = ClientFrame.newBuilder()
                .setLock(Locking.toWire(file, lock).setWait(false).setReclaim(true));
        var _ = link.call(request, ServerLink.Installer.NONE, isInVain);
    }

    /** Other ranges of the owner may have been locked again before one was refused. */
    private void giveUp(FileId file, LockRequest unlock) {
        try {
            ask(file, unlock);
        } catch (FsException e) {
            log.debug("file {}: nothing to give up ({})", file, e.error());
        }
    }
}
