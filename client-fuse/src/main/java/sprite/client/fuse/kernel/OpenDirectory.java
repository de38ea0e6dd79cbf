package sprite.client.fuse.kernel;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import sprite.client.box.KeptDirectory;
import sprite.client.fs.Listing;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * A directory that is open for listing. The kernel reads it in pieces; they are pieces of one listing, taken when the
 * first is read, so that no entry is missed or shown twice while others come and go. Thread-safe: volatile references.
 */
final class OpenDirectory {
    private final FileId file;
    private volatile List<Listing> entries = List.of();
    private volatile boolean closed;

    /** What is kept of it. */
    private final KeptDirectory kept;

    /** Behind which names a listing of the daemon's life before goes on, by offset; empty if there is none. */
    private final NavigableMap<Long, FileName> places = new ConcurrentSkipListMap<>();

    /** Nothing of what the life before listed is here. */
    private volatile boolean toBeListed;

    /** By how many entries a listing that goes on is shorter before that place than it was. */
    private volatile int shift;

    private final AtomicReference<Flights.@Nullable Flight> last = new AtomicReference<>();

    OpenDirectory(FileId file, KeptDirectory kept) {
        this.file = file;
        this.kept = kept;
    }

    /** What the life before listed; nothing, if it was killed, or had not begun. */
    void inherit(List<Listing> left) {
        entries = left;
        toBeListed = left.isEmpty();
    }

    /** The listing of the life before goes on at an offset behind a name. */
    void goesOn(long offset, FileName behind) {
        places.put(offset, behind);
    }

    /** Whether a listing may have begun of which nothing is here but {@link #goesOn where it goes on}. */
    boolean isToBeListed() {
        return toBeListed;
    }

    /**
     * Goes on at an offset with a new listing: in the order of the names no entry is missed or shown twice that has
     * been there all the time.
     *
     * @param dots entries of every listing before those
     */
    void goOn(List<Listing> fresh, long offset, int dots) {
        Map.Entry<Long, FileName> known = places.floorEntry(offset); // a program may have sought to between two
        int first = 0;
        while (known != null && first < fresh.size() && fresh.get(first).name().compareTo(known.getValue()) <= 0) {
            first++;
        }
        shift = known == null ? 0 : (int) (known.getKey() - dots - first);
        entries = fresh;
        places.clear();
        toBeListed = false;
    }

    /** The entry of that number, not counting the dots; null behind the last. */
    @Nullable
    Listing entry(long number) {
        List<Listing> all = entries;
        long at = Math.max(0, number - shift);
        return at < all.size() ? all.get((int) at) : null;
    }

    /** The kernel has asked for what comes at {@code from}, and will go on at {@code offset}, behind a name. */
    void reaches(long from, long offset, FileName name) {
        kept.reaches(from, offset, name.bytesAsText());
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
        kept.end();
        landLast(flights, null);
    }

    private static void land(Flights flights, Flights.@Nullable Flight flight) {
        if (flight != null) {
            flights.land(flight);
        }
    }

    /** From now on this is listed. */
    void take(List<Listing> fresh) {
        shift = 0;
        places.clear();
        toBeListed = false;
        entries = fresh;
    }
}
