package sprite.server.open;

import org.jspecify.annotations.Nullable;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.consistency.ClientId;

/**
 * What the last writer of a file knows better than the domain until its blocks have arrived. Kept in memory only: a
 * client that dies leaves no file of zeros behind. Immutable.
 *
 * @param size bytes
 * @param modified what counts: the time that was reported, or one that was set later by somebody else
 * @param reported the last report's time; the same time reported again is no news
 */
record Overlay(ClientId writer, long size, FileTime modified, FileTime reported) {
    /** {@code old} after another report of {@code writer}, which never makes the file smaller. */
    static Overlay reported(@Nullable Overlay old, ClientId writer, long size, FileTime modified) {
        if (old == null || !old.writer.equals(writer)) {
            return new Overlay(writer, size, modified, modified);
        }
        boolean news = !old.reported.equals(modified);
        return new Overlay(writer, Math.max(old.size, size), news ? modified : old.modified, modified);
    }

    /** Somebody else set the time after {@code writer} had written at the time {@code reported}, which is no news. */
    static Overlay overruled(ClientId writer, FileTime modified, FileTime reported) {
        return new Overlay(writer, 0, modified, reported);
    }

    /** After somebody else changed size or times at the server. */
    Overlay changed(@Nullable Long newSize, @Nullable FileTime newModified) {
        return new Overlay(
                writer, newSize == null ? size : newSize, newModified == null ? modified : newModified, reported);
    }

    /** The stored attributes with this over them. */
    Attributes over(Attributes stored) {
        return stored.withData(Math.max(stored.size(), size), modified);
    }
}
