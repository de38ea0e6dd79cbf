package sprite.client.control;

import java.util.List;

/**
 * How a daemon answers the wish that it stop. Immutable.
 *
 * @param stopped whether the mount is gone
 * @param pid of the daemon, which ends soon after if it has stopped
 * @param why a line for people if it has not stopped, else empty
 * @param unwritten one line per file whose data could not be written back
 */
public record StopAnswer(boolean stopped, long pid, String why, List<String> unwritten) {
    public StopAnswer {
        unwritten = List.copyOf(unwritten);
    }
}
