package sprite.client.fs;

import java.time.Duration;
import java.util.List;

/** A file system that is in use: what a daemon needs besides the operations. */
public interface Mounted extends FileSystem, AutoCloseable {
    /**
     * Writes all delayed data back, as long as something gets home.
     *
     * @param patience how long nothing may get home to a server that is away; thrice that to one that answers
     * @return one line per file that could not be written back: which, how much, why; empty if all is well
     */
    List<String> writeBackEverything(Duration patience);

    /**
     * Refuses writes from now on, and keeps the delayed data in local files.
     *
     * @return one line per file: which, how much, where it is kept; empty if there was nothing
     */
    List<String> keepUnwritten();

    /** What is going on, as a tree of records for {@code status --json}; its names are the JSON's. */
    Object status();

    /** Says goodbye to the servers and frees all memory. Delayed data that was not written back is lost. */
    @Override
    void close();
}
