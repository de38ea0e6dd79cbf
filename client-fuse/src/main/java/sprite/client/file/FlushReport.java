package sprite.client.file;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.name.FileId;

/** What a write-back of everything could not bring home. Immutable. */
public record FlushReport(List<Failure> failures) {
    public FlushReport {
        failures = List.copyOf(failures);
    }

    /** Whether nothing dirty is left. */
    public boolean isComplete() {
        return failures.isEmpty();
    }

    /**
     * A file with data that is still only here. Immutable.
     *
     * @param server host:port
     * @param bytes dirty bytes that remain
     */
    public record Failure(FileId file, String server, long bytes, FsError why) {}

    /**
     * What became of a file's data that could not go home. Immutable.
     *
     * @param path where the file was seen last; empty if nobody knows
     * @param bytes that the server had not confirmed
     * @param place the local file that has them, at their offsets; null if that failed too
     */
    public record Kept(
            FileId file,
            String path,
            String server,
            long bytes,
            @Nullable Path place) {}
}
