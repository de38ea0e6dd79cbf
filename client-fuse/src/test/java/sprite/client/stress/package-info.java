/** Tests of the stress, on directories where nothing goes wrong. */
@NullMarked
package sprite.client.stress;

import org.jspecify.annotations.NullMarked;
