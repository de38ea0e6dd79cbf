package sprite.client.control;

import java.util.List;

/** What a daemon does for commands. Thread-safe. */
public interface Controlled {
    /** The mount at this moment, a tree of records whose names are those of the JSON. */
    Object status();

    /**
     * Writes everything back and unmounts. Without {@code force} nothing changes if something cannot be written or a
     * program uses the mount. Returns when the mount is gone and the daemon is about to end, or has refused.
     */
    StopAnswer stop(boolean force);

    /** Of the command that starts another daemon in this one's place. */
    List<String> arguments();

    /**
     * Writes everything back and leaves the mount to another daemon, for which programs wait. Returns when that may
     * {@link RecoveryBoxes take over} and this daemon is about to end, or has refused, and goes on.
     */
    HandOverAnswer handOver();
}
