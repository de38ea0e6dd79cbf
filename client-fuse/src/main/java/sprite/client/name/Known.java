package sprite.client.name;

import org.jspecify.annotations.Nullable;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.Prefix;

/** What is known of a name in a directory. Immutable. */
public sealed interface Known {
    /** There is no such entry. */
    record Absent() implements Known {
        static final Absent INSTANCE = new Absent();
    }

    /**
     * There is one.
     *
     * @param remote of a remote link the prefix it stands for; null for everything else, and for a remote link whose
     *     prefix has not been told yet
     */
    record Present(FileId file, FileType type, @Nullable Prefix remote) implements Known {}
}
