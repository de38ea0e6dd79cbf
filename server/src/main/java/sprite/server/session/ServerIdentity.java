package sprite.server.session;

/**
 * Which server this is. Immutable.
 *
 * @param name stable over restarts
 * @param epoch rises at every start
 */
public record ServerIdentity(String name, long epoch) {}
