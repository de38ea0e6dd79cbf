package sprite.server.open;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/** The entries of all files of which anything is known. Thread-safe: a concurrent map of entries with locks. */
final class FileTable {
    private final Map<FileId, FileEntry> entries = new ConcurrentHashMap<>();

    /** Something done with an entry while it is locked. */
    @FunctionalInterface
    interface Body<T extends @Nullable Object> {
        T run(FileEntry entry) throws FsException;
    }

    /** Runs {@code body} with the file's entry locked; makes an entry if there is none, and drops one that is idle. */
    <T extends @Nullable Object> T with(FileId file, Body<T> body) throws FsException {
        while (true) {
            FileEntry entry = entries.computeIfAbsent(file, FileEntry::new);
            entry.lock.lock();
            try {
                if (!entry.retired) {
                    try {
                        return body.run(entry);
                    } finally {
                        retireIfIdle(entry);
                    }
                }
            } finally {
                entry.lock.unlock();
            }
        }
    }

    /** The entry, not locked, or null: for a glance at what may change at any moment. */
    @Nullable
    FileEntry glance(FileId file) {
        return entries.get(file);
    }

    Collection<FileEntry> all() {
        return entries.values();
    }

    private void retireIfIdle(FileEntry entry) {
        if (entry.isIdle()) {
            entry.retired = true;
            entries.remove(entry.file, entry);
        }
    }
}
