package sprite.client.name;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Under which names files were seen last, for people who are told of a file whose server may be away. Only a hint:
 * nobody takes it back, and what was seen longer ago may be forgotten. Thread-safe: an atomic array.
 */
public final class LastNames {
    /** A power of two; a file takes the place of another one that has the same number here. */
    private static final int PLACES = 1 << 14;

    /** Directories above a file, no more; names that were seen at different times may form a ring. */
    private static final int DEPTH_MAX = 64;

    private final AtomicReferenceArray<@Nullable Seen> seen = new AtomicReferenceArray<>(PLACES);

    private record Seen(FileId file, FileId directory, FileName name) {}

    void saw(FileId directory, FileName name, FileId file) {
        seen.set(place(file), new Seen(file, directory, name));
    }

    private static int place(FileId file) {
        int hash = file.hashCode();
        return (hash ^ hash >>> 14) & PLACES - 1;
    }

    /**
     * The path of a file, as far as its names are known; empty if not even its own is.
     *
     * @param root what is above a root of a domain, its prefix; null for other directories
     */
    public String path(FileId file, Function<FileId, @Nullable String> root) {
        Deque<String> names = new ArrayDeque<>();
        FileId at = file;
        String above = root.apply(at);
        while (above == null && names.size() < DEPTH_MAX) {
            Seen known = seen.get(place(at));
            if (known == null || !known.file().equals(at)) {
                break;
            }
            names.addFirst(known.name().toString());
            at = known.directory();
            above = root.apply(at);
        }
        if (names.isEmpty()) {
            return "";
        }
        return (above == null ? "..." : above.equals("/") ? "" : above) + "/" + String.join("/", names);
    }
}
