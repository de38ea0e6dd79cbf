package sprite.client.fuse.kernel;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Listing;
import sprite.common.name.FileId;

/**
 * A directory that is open for listing. The kernel reads it in pieces; they are pieces of one listing, taken when the
 * first is read, so that no entry is missed or shown twice while others come and go. Thread-safe: volatile references.
 */
final class OpenDirectory {
    private final FileId file;
    private volatile List<Listing> entries = List.of();
    private final AtomicReference<Flights.@Nullable Flight> last = new AtomicReference<>();

    OpenDirectory(FileId file) {
        this.file = file;
    }

    FileId file() {
        return file;
    }

    /** What is listed, but for "." and "..". */
    List<Listing> entries() {
        return entries;
    }

    /**
     * A piece is about to be answered.
     *
     * @return the piece before, which the kernel has taken in, or null
     */
    Flights.@Nullable Flight next(Flights.@Nullable Flight flight) {
        return last.getAndSet(flight);
    }

    /** From now on this is listed. */
    void take(List<Listing> fresh) {
        entries = fresh;
    }
}
