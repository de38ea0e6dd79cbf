package sprite.client.file;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import sprite.client.box.Box;
import sprite.client.box.KeptFile;
import sprite.client.box.KeptHandle;
import sprite.client.fs.OpenFlags;

/**
 * A file's lock that keeps the recovery box up with the file: whoever has changed something lets go of the lock, and
 * nobody else has seen the change before that. What a thread changes before it waits on a condition is kept when the
 * lock is let go of next.
 */
final class KeptLock extends ReentrantLock {
    private static final long serialVersionUID = 1;

    private final transient CachedFile file;
    private final transient Box box;
    private final transient KeptFile kept;

    /** Handles of which something has changed since the box was kept up last. Used with this held. */
    private final transient List<OpenFile> changed = new ArrayList<>();

    KeptLock(CachedFile file, Box box) {
        this.file = file;
        this.box = box;
        this.kept = new KeptFile(box, file.id);
    }

    /** Goes on with what the life before has left. Held. */
    void adopt() {
        kept.adopt();
    }

    /** Something of a handle has changed. Held. */
    void changed(OpenFile handle) {
        changed.add(handle);
    }

    @Override
    public void unlock() {
        try {
            if (getHoldCount() == 1) {
                keep();
            }
        } finally {
            super.unlock();
        }
    }

    @SuppressWarnings("GuardedBy") // this is the lock, and it is held
    private void keep() {
        boolean unsure = file.owesWrittenBack || file.outgoing.isUnderWay();
        boolean dirty = file.blocks.isDirty();
        boolean due = file.reports.areAhead();
        file.blocks.unkept = file.blocks.unkept && dirty;
        if (unsure || dirty || due || !file.handles.isEmpty()) {
            kept.begin();
            kept.put(KeptFile.VERSION, file.right.version().value());
            kept.put(
                    KeptFile.FLAGS,
                    (file.right.cacheable() ? KeptFile.CACHED : 0)
                            | (due ? KeptFile.REPORT : 0)
                            | (file.removed ? KeptFile.REMOVED : 0)
                            | (unsure ? KeptFile.UNSURE : 0)
                            | (file.blocks.unkept ? KeptFile.UNKEPT : 0));
            kept.put(KeptFile.SERVER_SIZE, file.blocks.serverSize);
            kept.put(KeptFile.SIZE, file.blocks.size);
            kept.put(KeptFile.SECONDS, file.modified.seconds());
            kept.put(KeptFile.NANOS, file.modified.nanos());
            kept.put(KeptFile.FAILURES, file.failures);
            kept.put(KeptFile.FAILURE, KeptFile.failure(file.failure));
            kept.put(KeptFile.SEQ_EPOCH, file.right.seq().epoch());
            kept.put(KeptFile.SEQ_COUNTER, file.right.seq().counter());
            kept.begun();
        } else {
            kept.end();
        }
        if (!changed.isEmpty()) { // after it is kept that somebody has to tell the server
            changed.forEach(this::keep);
            changed.clear();
        }
    }

    private void keep(OpenFile handle) {
        if (!handle.isListed()) {
            handle.kept.end();
            handle.kept = KeptHandle.NONE;
            return;
        }
        if (handle.kept == KeptHandle.NONE) {
            handle.kept = KeptHandle.of(box, handle.number(), file.id.statInode(), handle.opener, flags(handle));
        }
        handle.kept.is(flags(handle), handle.failureTold());
    }

    static long flags(OpenFile handle) {
        OpenFlags flags = handle.flags();
        return (flags.read() ? KeptHandle.READ : 0)
                | (flags.write() ? KeptHandle.WRITE : 0)
                | (flags.execute() ? KeptHandle.EXECUTE : 0)
                | (flags.append() ? KeptHandle.APPEND : 0)
                | (handle.isAttached() ? KeptHandle.ATTACHED : 0)
                | (handle.isFlushed() ? KeptHandle.FLUSHED : 0)
                | (handle.mayHoldLocks() ? KeptHandle.MAY_HOLD_LOCKS : 0)
                | (handle.isBroken() ? KeptHandle.BROKEN : 0);
    }
}
