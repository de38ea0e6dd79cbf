/** Tests of the translation between what is meant and what travels. */
@NullMarked
package sprite.common.wire;

import org.jspecify.annotations.NullMarked;
