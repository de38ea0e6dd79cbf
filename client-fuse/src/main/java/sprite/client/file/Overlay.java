package sprite.client.file;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;

/** What this client knows better of a file than a server says. See {@link FileCache#overlay}. No state. */
final class Overlay {
    private Overlay() {}

    /** @param asked as there */
    @GuardedBy("file.lock")
    static Attributes of(CachedFile file, Attributes base, long asked) {
        Reports reports = file.reports;
        BlockMap blocks = file.blocks;
        boolean better = reports.areAhead()
                || (reports.mayHaveCrossed(asked)
                        && (asked > 0 || file.right.cacheable()) // without that right others write too
                        && base.version() <= file.right.version().value());
        boolean isHome = (!file.right.cacheable() || file.doubtful) && !blocks.isDirty() && reports.areSizesHome(asked);
        long size = isHome ? base.size() : blocks.size; // others, or this client past its cache, may have changed it
        FileTime time = isHome ? FileTime.later(base.modified(), file.modified) : file.modified;
        Attributes mine = file.ownModified ? base.withData(size, time) : base.withSize(size);
        // Else the server has heard of it, and of what came after.
        file.ownModified = file.ownModified && (better || asked == 0);
        return reports.readTime.over(better ? mine : base, asked);
    }

    /** See {@link FileCache#timesSet}. */
    static void timesSet(CachedFile file, Attributes answered, boolean modified, boolean accessed) {
        file.lock.lock();
        try {
            if (modified) {
                file.modified = answered.modified();
                file.ownModified = false;
            }
            if (accessed) {
                file.reports.readTime.set();
            }
            file.pages.areOutOfDate(); // or who opens and reads it next would not be noticed
        } finally {
            file.lock.unlock();
        }
    }
}
