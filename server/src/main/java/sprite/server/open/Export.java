package sprite.server.open;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.server.domain.Domain;
import sprite.server.domain.Space;

/** A domain as this server exports it. Thread-safe: volatile fields, and a lock for others to hold. */
public final class Export {
    /** For how long an answer to "how full is it" is good enough. */
    private static final long SPACE_AGE_NANOS = 200_000_000;

    private final Domain domain;
    /** See {@link #names}. */
    private final ReentrantReadWriteLock names = new ReentrantReadWriteLock();

    private volatile @Nullable Space space;
    private volatile long spaceNanos;

    public Export(Domain domain) {
        this.domain = domain;
    }

    public Domain domain() {
        return domain;
    }

    /**
     * The namespace lock: shared by whoever reads names or attributes, grants them, or opens and closes files;
     * exclusive for whoever changes names or attributes or takes grants. What is granted is read, entered and put on
     * the client's stream under one shared hold, so that a revocation, decided under an exclusive hold, always comes
     * behind it. First in the lock order; never held across a wait for a client.
     */
    public ReentrantReadWriteLock names() {
        return names;
    }

    /** How full it is; asked of the disk now and then only. */
    public Space space() throws FsException {
        long now = System.nanoTime();
        Space last = space;
        if (last == null || now - spaceNanos > SPACE_AGE_NANOS) {
            spaceNanos = now;
            last = domain.space();
            space = last;
        }
        return last;
    }
}
