package sprite.client.name;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Listing;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * Names of directories that this client holds a grant on: entries, absent entries, whole listings. The grant covers the
 * directory; what is cached of it grows as it is asked for. Thread-safe: concurrent maps, written by the threads that
 * read the streams (one per directory, since a directory has one server).
 */
public final class NameCache {
    private final Map<FileId, DirectoryNames> granted = new ConcurrentHashMap<>();
    private final Consumer<FileId> lost;
    private final LastNames last = new LastNames();

    /** Names that this client is changing, and how many times. */
    private final Map<Place, Integer> changing = new ConcurrentHashMap<>();

    private record Place(FileId directory, FileName name) {}

    /** A change of a name, under way until it is closed. */
    public interface Change extends AutoCloseable {
        @Override
        void close();
    }

    /** @param lost told, at once, of every directory of which names were held and are no more */
    public NameCache(Consumer<FileId> lost) {
        this.lost = lost;
    }

    /** What names were, for people. */
    public LastNames last() {
        return last;
    }

    /** What is known of a name; null if the server has to be asked. */
    public @Nullable Known find(FileId directory, FileName name) {
        DirectoryNames names = granted.get(directory);
        if (names == null || (!changing.isEmpty() && changing.containsKey(new Place(directory, name)))) {
            return null;
        }
        return names.find(name);
    }

    /**
     * A change of a name begins, or of what it stands for: others may see it before its reply is here, so that until
     * then the name is not answered from what is held.
     */
    public Change changing(FileId directory, FileName name) {
        Place place = new Place(directory, name);
        var _ = changing.merge(place, 1, Integer::sum);
        return () -> {
            var _ = changing.computeIfPresent(place, (_, times) -> times == 1 ? null : times - 1);
        };
    }

    private boolean isChanging(FileId directory) {
        return !changing.isEmpty() && changing.keySet().stream().anyMatch(place -> place.directory.equals(directory));
    }

    /** All entries in the order of their names, or null if the server has to be asked. */
    public @Nullable List<Listing> listing(FileId directory) {
        DirectoryNames names = granted.get(directory);
        if (names == null || !names.isComplete() || isChanging(directory)) {
            return null;
        }
        List<Listing> entries = new ArrayList<>(names.entries().size());
        names.entries().forEach((name, known) -> {
            if (known instanceof Known.Present present) {
                entries.add(new Listing(name, present.file(), present.type()));
            }
        });
        entries.sort(Comparator.comparing(Listing::name));
        return entries;
    }

    /** A reply told of an entry. */
    public void present(FileId directory, FileName name, Attributes entry, boolean isGranted) {
        last.saw(directory, name, entry.file());
        DirectoryNames names = held(directory, isGranted);
        if (names != null) {
            names.put(name, new Known.Present(entry.file(), entry.type(), entry.remote()));
        }
    }

    /** A reply told that there is no such entry, or no more. */
    public void absent(FileId directory, FileName name, boolean isGranted) {
        DirectoryNames names = held(directory, isGranted);
        if (names != null) {
            names.remove(name);
        }
    }

    /** A directory was just made: it is empty. */
    public void made(FileId directory, boolean isGranted) {
        DirectoryNames names = held(directory, isGranted);
        if (names != null) {
            names.markComplete();
        }
    }

    /** Begins to take in a listing page by page. */
    public ListingInstall beginListing(FileId directory) {
        return new ListingInstall(this, directory);
    }

    /** The grant on a directory's names is gone. */
    public void drop(FileId directory) {
        if (granted.remove(directory) != null) {
            lost.accept(directory);
        }
    }

    /** All grants of a server are gone. */
    public void dropDomain(int domain) {
        for (FileId directory : granted.keySet()) {
            if (directory.domain() == domain) {
                drop(directory);
            }
        }
    }

    /** Directories whose names are held. */
    public int size() {
        return granted.size();
    }

    @Nullable
    DirectoryNames held(FileId directory, boolean isGranted) {
        if (!isGranted) {
            drop(directory);
            return null;
        }
        return granted.computeIfAbsent(directory, _ -> new DirectoryNames());
    }
}
