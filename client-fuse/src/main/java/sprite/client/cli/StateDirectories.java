package sprite.client.cli;

import java.nio.file.Path;

/**
 * Where a daemon leaves things: under /var for root, under {@code $XDG_STATE_HOME} (or {@code ~/.local/state}) for
 * others. Pure functions of the environment.
 */
final class StateDirectories {
    private static final String NAME = "spritefs";

    private StateDirectories() {}

    /** Messages of the daemon that serves a mount point. */
    static Path log(Path mountPoint) {
        Path directory = isRoot() ? Path.of("/var/log", NAME) : home();
        return directory.resolve(flat(mountPoint) + ".log");
    }

    /** Data that no server would take. */
    static Path lostAndFound(Path mountPoint) {
        Path directory = isRoot() ? Path.of("/var/lib", NAME) : home();
        return directory.resolve("lost").resolve(flat(mountPoint));
    }

    private static Path home() {
        String state = System.getenv("XDG_STATE_HOME");
        return state != null && !state.isEmpty()
                ? Path.of(state, NAME)
                : Path.of(System.getProperty("user.home", "/tmp"), ".local", "state", NAME);
    }

    /** Whether this user may do as root does. */
    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static String flat(Path mountPoint) {
        return mountPoint.toString().substring(1).replace('/', '-');
    }
}
