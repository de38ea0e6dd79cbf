package sprite.client.stress;

import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A mount that is being used. Immutable, but for its gate.
 *
 * @param name in the history: a letter
 * @param path where it is mounted
 * @param gate whether it is there
 */
record Place(String name, Path path, String type, Gate gate) {
    private static final Pattern OF_HOST = Pattern.compile("/proc/[0-9]+/root(/.*)");

    Place(String name, Path path, String type) {
        this(name, path, type, new Gate());
    }

    /** For people: a mount of another host, seen through /proc/PID/root, by the host's name and path. */
    String text() {
        var ofHost = OF_HOST.matcher(path.toString());
        return ofHost.matches() ? name + ":" + ofHost.group(1) : path.toString();
    }
}
