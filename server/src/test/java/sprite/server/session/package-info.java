/** Tests: Sessions and what they hold. */
@NullMarked
package sprite.server.session;

import org.jspecify.annotations.NullMarked;
