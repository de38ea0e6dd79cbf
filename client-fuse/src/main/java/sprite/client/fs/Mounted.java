package sprite.client.fs;

import java.time.Duration;
import java.util.List;

/** A file system that is in use: what a daemon needs besides the operations. */
public interface Mounted extends FileSystem, AutoCloseable {
    /**
     * Writes all delayed data back.
     *
     * @return one line per file that could not be written back: which, how much, why; empty if all is well
     */
    List<String> writeBackEverything(Duration deadline);

    /** What is going on, as a tree of records for {@code status --json}; its names are the JSON's. */
    Object status();

    /** Says goodbye to the servers and frees all memory. Delayed data that was not written back is lost. */
    @Override
    void close();
}
