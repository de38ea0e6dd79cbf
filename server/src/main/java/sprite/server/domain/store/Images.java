package sprite.server.domain.store;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;

/** Gives out images of a domain that is being served, one at a time. Thread-safe: its state is atomic. */
final class Images {
    private final DomainDirectory directory;
    private final Store store;
    private final AtomicBoolean taken = new AtomicBoolean();

    Images(DomainDirectory directory, Store store) {
        this.directory = directory;
        this.store = store;
    }

    /** The domain as it is now; null while there is another image. */
    @Nullable
    Image take(Runnable failed) throws FsException, IOException {
        if (!taken.compareAndSet(false, true)) {
            return null;
        }
        Image image = null;
        try {
            image = LiveImage.take(directory, store, failed, () -> taken.set(false));
            return image;
        } finally {
            if (image == null) {
                taken.set(false);
            }
        }
    }
}
