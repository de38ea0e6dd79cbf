/**
 * Parts of a block cache that server and client share: off-heap memory in {@link sprite.common.cache.SlabPool}. What is
 * cached, for how long and at whose cost, the two sides decide for themselves.
 */
@NullMarked
package sprite.common.cache;

import org.jspecify.annotations.NullMarked;
