package sprite.client.stress;

import java.nio.file.Path;
import java.util.List;

/** Asks who waits for whom behind a mount, without using the mount. Implementations are thread-safe. */
@FunctionalInterface
public interface Inquiry {
    /** For file systems of which nothing is known. */
    Inquiry NONE = _ -> List.of();

    /** Lines for people; none if there is nobody to ask. Returns within seconds. */
    List<String> at(Path mount);
}
