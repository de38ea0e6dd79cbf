package sprite.client.file;

import java.util.List;
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
}
