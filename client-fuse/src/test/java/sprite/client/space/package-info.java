@NullMarked
package sprite.client.space;

import org.jspecify.annotations.NullMarked;
