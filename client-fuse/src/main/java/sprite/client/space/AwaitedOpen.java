package sprite.client.space;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.client.file.FileCache;
import sprite.client.file.OpenFile;
import sprite.common.error.FsError;
import sprite.common.error.FsException;

/**
 * An open on its way: the file that the stream's thread opens and the caller takes, or that nobody takes because the
 * caller was interrupted. Then it is released, so that the server does not count it for ever. Thread-safe: fields
 * guarded by {@code lock}.
 */
final class AwaitedOpen {
    private final FileCache files;

    /** Guards who has the file. A leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable OpenFile untaken;

    @GuardedBy("lock")
    private boolean over;

    AwaitedOpen(FileCache files) {
        this.files = files;
    }

    /** The answer is there. On the stream's thread. */
    void arrived(OpenFile opened) {
        boolean late;
        lock.lock();
        try {
            late = over;
            untaken = late ? null : opened;
        } finally {
            lock.unlock();
        }
        if (late) {
            Thread.ofVirtual().name("late open").start(() -> files.release(opened));
        }
    }

    /** The file, for the caller to release. */
    OpenFile take() throws FsException {
        lock.lock();
        try {
            OpenFile opened = untaken;
            untaken = null;
            if (opened == null) {
                throw new FsException("open", "an answer without a file", FsError.IO);
            }
            return opened;
        } finally {
            lock.unlock();
        }
    }

    /** The caller waits no longer; what it has not taken, or comes later, is released. */
    void giveUp() {
        OpenFile opened;
        lock.lock();
        try {
            over = true;
            opened = untaken;
            untaken = null;
        } finally {
            lock.unlock();
        }
        if (opened != null) {
            files.release(opened);
        }
    }
}
