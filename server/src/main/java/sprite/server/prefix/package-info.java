/** Where domains lie in the name space, and which server has them. {@link sprite.server.prefix.Locator} is the door. */
@NullMarked
package sprite.server.prefix;

import org.jspecify.annotations.NullMarked;
