package sprite.server.domain;

/**
 * How full a domain is. Immutable.
 *
 * @param totalBytes of the file system under the domain
 * @param freeBytes of it, including what only root may use
 * @param availableBytes what clients can still store: what is available, less the server's own reserve
 * @param files in use
 * @param filesFree that could still be made
 * @param low whether the end is so near that clients should write back at close, to hear of it
 */
public record Space(long totalBytes, long freeBytes, long availableBytes, long files, long filesFree, boolean low) {}
