/** Tests of sessions without a server. */
@NullMarked
package sprite.client.session;

import org.jspecify.annotations.NullMarked;
