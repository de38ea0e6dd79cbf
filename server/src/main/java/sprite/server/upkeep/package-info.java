/**
 * The commands that work on a domain itself and not through a mount: {@code spritefs fsck}, {@code spritefs dump} and
 * {@code spritefs load}.
 */
@NullMarked
package sprite.server.upkeep;

import org.jspecify.annotations.NullMarked;
