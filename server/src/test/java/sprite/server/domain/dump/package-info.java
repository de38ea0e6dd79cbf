/** Tests: The dump of a domain and its way back. */
@NullMarked
package sprite.server.domain.dump;

import org.jspecify.annotations.NullMarked;
