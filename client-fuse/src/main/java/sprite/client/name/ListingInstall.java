package sprite.client.name;

import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * A listing on its way into the cache. If the grant ended between two pages and was given anew, what was taken in
 * before is not in the new grant's names, and the directory does not become complete. Confined to the stream's thread,
 * but for its creation.
 */
public final class ListingInstall {
    private final NameCache cache;
    private final FileId directory;
    private @Nullable DirectoryNames first;
    private boolean whole = true;

    ListingInstall(NameCache cache, FileId directory) {
        this.cache = cache;
        this.directory = directory;
    }

    /** A page has arrived; its entries follow. */
    public void page(boolean isGranted) {
        DirectoryNames now = cache.held(directory, isGranted);
        if (first == null) {
            first = now;
        }
        whole = whole && now != null && now == first;
    }

    /** An entry of the page. */
    public void entry(FileName name, Known.Present entry) {
        cache.last().saw(directory, name, entry.file());
        DirectoryNames into = first;
        if (whole && into != null && !(into.find(name) instanceof Known.Present)) {
            into.put(name, entry);
        }
    }

    /** The last page was the end. */
    public void end() {
        DirectoryNames into = first;
        if (whole && into != null) {
            into.markComplete();
        }
    }
}
