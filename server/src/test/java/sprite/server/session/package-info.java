/** Tests of the room of the same name. */
@NullMarked
package sprite.server.session;

import org.jspecify.annotations.NullMarked;
