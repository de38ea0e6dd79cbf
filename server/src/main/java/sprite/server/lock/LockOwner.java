package sprite.server.lock;

import sprite.consistency.ClientId;

/**
 * Who holds a lock. Immutable.
 *
 * @param owner unique within the client: an open file description (flock) or a process (fcntl)
 */
public record LockOwner(ClientId client, long owner) {}
