package sprite.server.open;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.server.session.GrantKey;

/**
 * What is known of one file beyond its domain. Confined to the holder of {@code lock}, except for {@code use}, which
 * may be looked at by anybody; {@link FileTable} hands entries out locked.
 */
final class FileEntry {
    final FileId file;

    /** Guards the entry. Second in the lock order, after the names lock; two entries are never locked together. */
    final ReentrantLock lock = new ReentrantLock();

    final GrantCell attributes = new GrantCell();
    private @Nullable GrantCell names;

    /** Null if nobody has it open or may have dirty blocks of it. */
    volatile @Nullable FileUse use;

    /** No longer in the table: look it up again. */
    boolean retired;

    FileEntry(FileId file) {
        this.file = file;
    }

    GrantCell cell(GrantKey.Kind kind) {
        return switch (kind) {
            case ATTRIBUTES -> attributes;
            case NAMES -> {
                GrantCell cell = names;
                if (cell == null) {
                    cell = new GrantCell();
                    names = cell;
                }
                yield cell;
            }
        };
    }

    boolean isIdle() {
        GrantCell cell = names;
        return use == null
                && attributes.grant().isNobody()
                && (cell == null || cell.grant().isNobody());
    }
}
