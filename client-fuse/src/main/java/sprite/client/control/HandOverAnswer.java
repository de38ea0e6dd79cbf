package sprite.client.control;

/**
 * How a daemon answers the wish that it hand its mount over. Immutable.
 *
 * @param left whether the mount waits for its next daemon
 * @param pid of the daemon, which ends soon after if it has left
 * @param why a line for people if it has not left, else empty
 */
public record HandOverAnswer(boolean left, long pid, String why) {}
