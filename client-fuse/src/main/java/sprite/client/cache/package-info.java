/**
 * Memory for blocks of files: off-heap, bounded, under Caffeine's policy. {@link sprite.client.cache.BlockStore} counts
 * every byte as clean (the policy may take it), fresh (fetched and not read yet) or pinned (dirty, or on its way to a
 * server). What the bytes mean, and who may see them, is decided in {@code sprite.client.file}.
 */
@NullMarked
package sprite.client.cache;

import org.jspecify.annotations.NullMarked;
