package sprite.server.session;

import java.util.Comparator;
import sprite.common.name.FileId;

/** Something that a client may be granted to cache. Immutable. */
public record GrantKey(Kind kind, FileId file) {
    /** By file, then kind. */
    public static final Comparator<GrantKey> ORDER =
            Comparator.comparing(GrantKey::file).thenComparing(GrantKey::kind);

    /** What of the file. */
    public enum Kind {
        /** The entries of a directory. */
        NAMES,
        /** What stat tells. */
        ATTRIBUTES
    }

    /** The names of a directory. */
    public static GrantKey names(FileId directory) {
        return new GrantKey(Kind.NAMES, directory);
    }

    /** The attributes of a file. */
    public static GrantKey attributes(FileId file) {
        return new GrantKey(Kind.ATTRIBUTES, file);
    }
}
