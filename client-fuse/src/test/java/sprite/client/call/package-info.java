/** Tests of what a call knows of its program and its patience. */
@NullMarked
package sprite.client.call;

import org.jspecify.annotations.NullMarked;
