package sprite.client.stress;

import java.nio.file.Path;

/**
 * A mount that is being used. Immutable, but for its gate.
 *
 * @param name in the history: a letter
 * @param path where it is mounted
 * @param gate whether it is there
 */
record Place(String name, Path path, String type, Gate gate) {
    Place(String name, Path path, String type) {
        this(name, path, type, new Gate());
    }
}
