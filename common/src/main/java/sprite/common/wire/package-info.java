/**
 * The border between values and messages. {@link sprite.common.wire.Wire} translates one into the other and refuses
 * what makes no sense; {@link sprite.common.wire.RpcErrors} does the same for errors. The messages themselves are in
 * {@code spritefs.proto}, which is also the description of the protocol.
 */
@NullMarked
package sprite.common.wire;

import org.jspecify.annotations.NullMarked;
