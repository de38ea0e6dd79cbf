/** Tests of what a daemon keeps for the one that takes its mount over. */
@NullMarked
package sprite.client.box;

import org.jspecify.annotations.NullMarked;
