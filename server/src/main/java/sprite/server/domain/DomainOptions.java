package sprite.server.domain;

import org.jspecify.annotations.Nullable;
import sprite.server.cache.BlockCache;

/**
 * How a domain is to be served. Immutable.
 *
 * @param cache for blocks of file data; shared by the domains of a server, and closed by whoever made it
 * @param reserveBytes of disk that clients may not fill, so that the store can always delete and compact; null: a tenth
 *     of the file system, but 8 MiB at least and 64 MiB at most. More where other programs fill the same disk.
 * @param inlineBytes up to which a file's data lies in the metadata store, where creating, writing and syncing it is
 *     one write; above, in a file of its own
 */
public record DomainOptions(BlockCache cache, @Nullable Long reserveBytes, int inlineBytes) {
    /** {@code inlineBytes} unless told otherwise. */
    public static final int INLINE_BYTES = 16 * 1024;

    public DomainOptions {
        if (inlineBytes < 0 || inlineBytes > BlockCache.BLOCK_SIZE) {
            throw new IllegalArgumentException("inline data of " + inlineBytes + " bytes");
        }
        if (reserveBytes != null && reserveBytes < 0) {
            throw new IllegalArgumentException("a reserve of " + reserveBytes + " bytes");
        }
    }

    /** The usual options. */
    public static DomainOptions with(BlockCache cache) {
        return new DomainOptions(cache, null, INLINE_BYTES);
    }
}
