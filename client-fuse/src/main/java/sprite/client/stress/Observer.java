package sprite.client.stress;

import java.io.IOException;
import java.time.Duration;
import sprite.consistency.history.History;

/** Takes in what a run finds out, on the thread that runs it, but where said. */
public interface Observer {
    /** The run begins. */
    void begin(History.Cast cast) throws IOException;

    /** A window is over. */
    void window(Window window) throws IOException;

    /** This file system cannot have the workload. */
    void skipped(String workload);

    /** A system call has not returned for long, or now has: lines for people. On the watchdog's thread. */
    void watchdog(String text);

    /**
     * A part of the run that shares no object with the others. Immutable.
     *
     * @param number objects have names that begin with {@code number/}
     * @param took how long the workers worked
     */
    record Window(long number, String workload, History history, Duration took) {}
}
