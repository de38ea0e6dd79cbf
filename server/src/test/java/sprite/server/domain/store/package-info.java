/** Tests of the store: its commands, its data, its crashes, its refusals. */
@NullMarked
package sprite.server.domain.store;

import org.jspecify.annotations.NullMarked;
