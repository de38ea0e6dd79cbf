/** Tests of the caches' memory. */
@NullMarked
package sprite.common.cache;

import org.jspecify.annotations.NullMarked;
