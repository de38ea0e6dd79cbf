package sprite.client.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What lies in the local directory for data that no server would take, also of earlier daemons; it is for people to
 * look at and to delete. Immutable.
 *
 * @param files how many there are
 */
public record KeptFiles(long files, String directory) {
    /** At this moment; none if there is no such directory. */
    public static KeptFiles in(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return new KeptFiles(files.count(), directory.toString());
        } catch (IOException e) {
            return new KeptFiles(0, directory.toString());
        }
    }
}
