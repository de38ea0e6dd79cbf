/**
 * A seeded world of one server, a few clients and a slow network, all in one thread and in virtual time, that drives
 * the same {@code FileConsistency}, {@code Grant} and {@code ClientFile} as the product and follows docs/protocol.md
 * for everything else. Its oracles compare what the processes saw with what the promises allow.
 *
 * <p>Start at {@code World}; {@code Bug} lists the wrong rules that the oracles are known to catch. A seed determines
 * everything: {@code -Dseed=N} replays one.
 */
@NullMarked
package sprite.consistency.sim;

import org.jspecify.annotations.NullMarked;
