/** Tests of the reading and writing of histories. */
@NullMarked
package sprite.consistency.history;

import org.jspecify.annotations.NullMarked;
