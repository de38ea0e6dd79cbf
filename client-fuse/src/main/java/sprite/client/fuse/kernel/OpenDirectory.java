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
    private volatile boolean closed;
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
     * The kernel asks for a piece, or gives the directory up: it has taken the piece before in. {@code next} is about
     * to be answered; null if nothing is lent with it.
     */
    void landLast(Flights flights, Flights.@Nullable Flight next) {
        if (next != null) {
            next.answered();
        }
        land(flights, last.getAndSet(next));
        if (closed) {
            land(flights, last.getAndSet(null)); // its program was killed while it listed
        }
    }

    /** The kernel does not take the answer to the request of that number. */
    void abandon(Flights flights, long unique) {
        Flights.Flight flight = last.get();
        if (flight != null && flight.answers(unique) && last.compareAndSet(flight, null)) {
            flights.land(flight);
        }
    }

    /** Nobody lists it any more. */
    void close(Flights flights) {
        closed = true;
        landLast(flights, null);
    }

    private static void land(Flights flights, Flights.@Nullable Flight flight) {
        if (flight != null) {
            flights.land(flight);
        }
    }

    /** From now on this is listed. */
    void take(List<Listing> fresh) {
        entries = fresh;
    }
}
