package sprite.server.session;

import java.util.UUID;

/**
 * Which server this is. Immutable.
 *
 * @param name stable over restarts
 * @param epoch rises at every start
 * @param boot the run of its machine; where it is the same, what the former life wrote is durable before this one
 *     serves
 */
public record ServerIdentity(String name, long epoch, UUID boot) {}
