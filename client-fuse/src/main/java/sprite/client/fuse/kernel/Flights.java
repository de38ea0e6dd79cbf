package sprite.client.fuse.kernel;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sprite.common.name.FileId;

/**
 * Listings that lend names and attributes, from before they are filled in until the kernel has surely taken them in:
 * what it says next about the open directory it says after that. A notice that comes in between finds nothing to forget
 * where the kernel learns of a node by the listing, and names are as young as the moment when they are taken in.
 * Thread-safe: a concurrent set.
 */
final class Flights {
    private final Set<Flight> under = ConcurrentHashMap.newKeySet();

    /** One listing. Thread-safe. */
    static final class Flight {
        private final FileId directory;
        private final Set<FileId> files = ConcurrentHashMap.newKeySet();
        private final CompletableFuture<@Nullable Void> landed = new CompletableFuture<>();
        private final long request;

        /** When it was answered, on the monotonic clock; null: not yet. */
        private volatile @Nullable Long answered;

        private Flight(FileId directory, long request) {
            this.directory = directory;
            this.request = request;
        }

        /** Whether it is the answer to the request of that number. */
        boolean answers(long unique) {
            return request == unique;
        }

        /** To be called before the attributes are looked at, and before it is asked whether they may be lent. */
        void carry(FileId file) {
            files.add(file);
        }

        boolean isEmpty() {
            return files.isEmpty();
        }

        /** It is about to be answered. */
        void answered() {
            answered = System.nanoTime();
        }

        CompletableFuture<?> landed() {
            return landed;
        }

        /** How long it may still be on its way, if it takes {@code nanosMax} from the answer at most. */
        long leftNanos(long nanosMax) {
            Long since = answered;
            return since == null ? nanosMax : since + nanosMax - System.nanoTime();
        }
    }

    /** To be called before it is asked whether names may be lent, for the answer to the request of that number. */
    Flight takeOff(FileId directory, long unique) {
        var flight = new Flight(directory, unique);
        under.add(flight);
        return flight;
    }

    /** The kernel has taken it in, or never will. */
    void land(Flight flight) {
        under.remove(flight);
        flight.landed.complete(null);
    }

    /** Those that carry names of the directory. */
    List<Flight> withNames(FileId directory) {
        return flights(flight -> flight.directory.equals(directory));
    }

    /** Those that carry attributes of the file. */
    List<Flight> withAttributes(FileId file) {
        return flights(flight -> flight.files.contains(file));
    }

    private List<Flight> flights(Predicate<Flight> wanted) {
        return under.stream().filter(wanted).toList();
    }
}
