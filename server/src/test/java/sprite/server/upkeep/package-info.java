/** Tests: The commands for domains at rest. */
@NullMarked
package sprite.server.upkeep;

import org.jspecify.annotations.NullMarked;
