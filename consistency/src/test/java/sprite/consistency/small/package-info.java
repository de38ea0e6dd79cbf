/**
 * A world small enough to be seen whole: one file of one block, a few clients, a few calls each. Every choice that the
 * programs, the network, the threads of the server and death have is taken, in every order, and no state is forgotten.
 * What the seeded simulation of {@code sprite.consistency.sim} finds by chance in large worlds cannot escape here, if
 * it fits into a small one.
 *
 * <p>The server's and the client's rights to cache are the product's {@code FileConsistency} and {@code ClientFile};
 * the rest follows docs/protocol.md. Start at {@code World}, whose {@code moves} are the choices; {@code Explorer} goes
 * through them; {@code Linearizations} is the oracle. Not here: sizes, attributes, names, a full disk, and a server
 * that restarts.
 */
@NullMarked
package sprite.consistency.small;

import org.jspecify.annotations.NullMarked;
