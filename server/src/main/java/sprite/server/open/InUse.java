package sprite.server.open;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/** The files in use, for events that nobody waits for an answer to. Thread-safe: no state of its own. */
final class InUse {
    private static final Logger log = LoggerFactory.getLogger(InUse.class);

    private final FileTable table;
    private final Exports exports;

    InUse(FileTable table, Exports exports) {
        this.table = table;
        this.exports = exports;
    }

    /** Something done with a file that is in use. */
    @FunctionalInterface
    interface Work {
        void run(FileEntry entry, FileUse use) throws FsException;
    }

    /** Runs {@code work} under the file's locks if the file is in use; a failure is logged, and the file goes on. */
    void quietly(FileId file, Work work) {
        FileEntry glanced = table.glance(file);
        if (glanced == null || glanced.use == null) {
            return;
        }
        try {
            var names = exports.of(file).names().readLock();
            names.lock();
            try {
                table.<@Nullable Void>with(file, entry -> {
                    FileUse use = entry.use;
                    if (use != null) {
                        work.run(entry, use);
                    }
                    return null;
                });
            } finally {
                names.unlock();
            }
        } catch (FsException e) {
            log.warn("file {}: {}", file, e.error());
        }
    }
}
