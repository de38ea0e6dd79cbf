package sprite.client.fuse.jnr;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;

/**
 * Files that lost their name while they were open on this mount. Since libfuse finds every file by its path, it asks to
 * rename such a file to {@code .fuse_hiddenXXXXXXXXYYYYYYYY} in place of removing it or before renaming another over
 * it, uses that path for calls on the open descriptors, and asks to unlink it when they are closed. The driver only
 * remembers which file a made-up name means: the file system sees the unlink, or the rename that replaces the file, as
 * the one atomic operation it was.
 *
 * <p>Users may have files with such names; they clash with nothing, as a made-up name is believed only where libfuse
 * asks on its own account, never in a LOOKUP. Thread-safe: a concurrent map.
 */
final class HiddenFiles {
    private static final String MADE_UP = ".fuse_hidden";

    /** By name without directory: it holds a counter, so it is unique on this mount, and directories may be renamed. */
    private final Map<String, Hidden> byName = new ConcurrentHashMap<>();

    /**
     * What a made-up name means. Immutable.
     *
     * @param open to calls on descriptors: the file that is open
     * @param named to an open(2) whose lookup of the old name came just before: what the name meant then, which is
     *     another file if other hosts had replaced the open one
     */
    private record Hidden(FileId open, FileId named) {}

    /** Whether the request, a rename for the path interface, does not come from a program but hides a file. */
    static boolean isHiding(Request request, String to) {
        String name = lastName(to);
        return name.startsWith(MADE_UP)
                && (request.opcode() != Request.RENAME
                        || !request.renameTarget().equals(name));
    }

    /**
     * Remembers what {@code hiddenPath} means.
     *
     * @param open the file that is open under the old name
     * @param named the file that the old name means now
     */
    void hide(String hiddenPath, FileId open, FileId named) {
        byName.put(lastName(hiddenPath), new Hidden(open, named));
    }

    /** The file that a path means if it is made up, else null. */
    @Nullable
    FileId at(String path, Request request) {
        Hidden hidden = find(path, request);
        return hidden == null ? null : hidden.open();
    }

    /** The file that open(2) means by a path if it is made up, else null. */
    @Nullable
    FileId toOpen(String path, Request request) {
        Hidden hidden = find(path, request);
        return hidden == null ? null : hidden.named();
    }

    private @Nullable Hidden find(String path, Request request) {
        return byName.isEmpty() || request.opcode() == Request.LOOKUP ? null : byName.get(lastName(path));
    }

    /** Forgets a made-up path, whose file nobody has open any more. */
    void forget(String hiddenPath) {
        byName.remove(lastName(hiddenPath));
    }

    private static String lastName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
