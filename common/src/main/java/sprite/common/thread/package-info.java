/** What {@link java.lang.Thread} does not have. */
@NullMarked
package sprite.common.thread;

import org.jspecify.annotations.NullMarked;
