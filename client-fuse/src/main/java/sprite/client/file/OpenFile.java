package sprite.client.file;

import sprite.client.box.KeptHandle;
import sprite.client.fs.Handle;
import sprite.client.fs.OpenFlags;
import sprite.client.session.ServerLink;
import sprite.common.name.FileId;

/**
 * One open(2) of a regular file. It is <i>attached</i> while the server counts it as open; a handle that was closed
 * early, because every descriptor on it had been closed when a recall came, is detached until its next use.
 *
 * <p>Thread-safe: what changes is confined to the lock of its {@link CachedFile}.
 */
public final class OpenFile implements Handle {
    final CachedFile cached;
    private final OpenFlags flags;
    private final long number;

    /** What is kept of it. */
    volatile KeptHandle kept = KeptHandle.NONE;

    /** The kernel's number of the request that opened it; 0: there is none. */
    final long opener;

    /** That request is of this client's life before, and has not been asked for again. */
    boolean unclaimed;

    boolean attached = true;

    /** Was counted in a Reopen. */
    boolean reopening;

    /** A thread is opening the file again for this detached handle. */
    boolean attaching;

    /** Every descriptor was closed once, and nothing was written since. */
    boolean flushed;

    /** A lock was asked for through this handle: it stays attached. */
    boolean mayHoldLocks;

    /** The session was lost and the file could not be opened again. */
    boolean broken;

    /** Number of the last failed write-back that was told through this handle. */
    long failureTold;

    /** Where a sequential reader would go on. */
    long nextOffset;

    /** Bytes to read ahead; 0 while access is random. */
    int window;

    /** Up to where was read ahead. */
    long aheadTo;

    OpenFile(CachedFile cached, OpenFlags flags, long number, long opener) {
        this.opener = opener;
        this.cached = cached;
        this.flags = flags;
        this.number = number;
    }

    @Override
    public FileId file() {
        return cached.id;
    }

    /** The server that exports the file. */
    public ServerLink link() {
        return cached.link;
    }

    /** Whether what is read through it may be kept as pages: it writes nothing, and this client may cache the file. */
    boolean mayKeepPages() {
        cached.lock.lock();
        try {
            return !flags.write() && cached.right.cacheable();
        } finally {
            cached.lock.unlock();
        }
    }

    /** Of this open(2), and never of another one of this daemon. */
    public long number() {
        return number;
    }

    /** The kernel is about to be told this number for it. */
    public void numbered(long kernel) {
        kept.numbered(kernel);
    }

    /** How it was opened. */
    public OpenFlags flags() {
        return flags;
    }
}
