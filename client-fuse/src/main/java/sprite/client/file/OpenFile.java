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

    /** What is kept of it, once the file's lock was let go of; what is here and not there is {@link #changed}. */
    volatile KeptHandle kept = KeptHandle.NONE;

    /** The kernel's number of the request that opened it; 0: there is none. */
    final long opener;

    /** That request is of this client's life before, and has not been asked for again. */
    boolean unclaimed;

    /** It is among the handles of its file. */
    private boolean listed;

    private boolean attached = true;

    /** Was counted in a Reopen. */
    boolean reopening;

    /** A thread is opening the file again for this detached handle. */
    boolean attaching;

    private boolean flushed;
    private boolean mayHoldLocks;
    private boolean broken;
    private long failureTold;

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

    boolean isListed() {
        return listed;
    }

    /** It is, or is no longer, among the handles of its file. */
    void listed(boolean now) {
        listed = now;
        changed();
    }

    /** Whether the server counts it. */
    boolean isAttached() {
        return attached;
    }

    void attached(boolean now) {
        if (attached != now) {
            attached = now;
            changed();
        }
    }

    /** Whether every descriptor was closed once, and nothing was written since. */
    boolean isFlushed() {
        return flushed;
    }

    void flushed(boolean now) {
        if (flushed != now) {
            flushed = now;
            changed();
        }
    }

    /** Whether a lock was asked for through this handle: it stays attached. */
    boolean mayHoldLocks() {
        return mayHoldLocks;
    }

    void mayHoldLocks(boolean now) {
        if (mayHoldLocks != now) {
            mayHoldLocks = now;
            changed();
        }
    }

    /** Whether the session was lost and the file could not be opened again, or a lock was lost. */
    boolean isBroken() {
        return broken;
    }

    void broken(boolean now) {
        if (broken != now) {
            broken = now;
            changed();
        }
    }

    /** Number of the last failed write-back that was told through this handle. */
    long failureTold() {
        return failureTold;
    }

    void failureTold(long number) {
        if (failureTold != number) {
            failureTold = number;
            changed();
        }
    }

    private void changed() {
        if (cached.lock instanceof KeptLock keeping) {
            keeping.changed(this);
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
