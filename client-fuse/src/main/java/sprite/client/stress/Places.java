package sprite.client.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import sprite.client.fuse.Kernel;

/** The mounts of a run, and its directory on them. No state. */
final class Places {
    private static final long VISIBLE_SECONDS_MAX = 10;
    private static final long PAUSE_NANOS = 20_000_000;

    private Places() {}

    /** Finds out what is mounted there. Without names the places are called by letters. */
    static List<Place> of(List<Path> mounts, List<String> names) throws StressException {
        List<Place> places = new ArrayList<>();
        for (Path given : mounts) {
            Path path = given.toAbsolutePath().normalize();
            if (!Files.isDirectory(path)) {
                throw new StressException(given + " is not a directory");
            }
            String name = names.isEmpty() ? name(places.size()) : names.get(places.size());
            places.add(new Place(name, path, type(path)));
        }
        return places;
    }

    private static String name(int which) {
        return which < 26 ? Character.toString('a' + which) : "m" + which;
    }

    private static String type(Path path) throws StressException {
        if (path.startsWith("/proc") && path.getNameCount() > 3) {
            return "on another host";
        }
        try {
            return Kernel.mounts().stream()
                    .filter(mount -> path.startsWith(mount.at()))
                    .max(Comparator.comparingInt(mount -> mount.at().getNameCount()))
                    .map(Kernel.Mount::type)
                    .orElse("unknown");
        } catch (IOException e) {
            throw new StressException("the table of mounts cannot be read: " + e.getMessage());
        }
    }

    /** Makes a directory through the first mount, and requires that the others show it. */
    static void makeShared(SystemCalls calls, List<Place> places, String directory) throws StressException {
        Place first = places.getFirst();
        try {
            Files.createDirectory(first.path().resolve(directory));
        } catch (IOException e) {
            throw new StressException("nothing can be made in " + first.path() + ": " + e.getMessage());
        }
        for (Place place : places) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(VISIBLE_SECONDS_MAX);
            while (!Files.isDirectory(place.path().resolve(directory))) {
                if (System.nanoTime() > deadline) {
                    remove(calls, first.path().resolve(directory).toString());
                    throw new StressException(place.path() + " does not show what was made in " + first.path()
                            + ": they are not mounts of the same directory");
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    /** Removes a tree as far as that is possible. */
    static void remove(SystemCalls calls, String tree) {
        String[] names = calls.list(tree);
        for (String name : names == null ? new String[0] : names) {
            String path = tree + "/" + name;
            if (calls.unlink(path) == -Errors.EISDIR) {
                remove(calls, path);
            }
        }
        calls.rmdir(tree);
    }
}
