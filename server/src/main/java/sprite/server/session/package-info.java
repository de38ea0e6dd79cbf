/**
 * Who speaks to this server: sessions, their leases, what is said to them in which order, and what they owe an answer.
 *
 * <p>A {@link sprite.server.session.Session} outlives its stream: within the lease a client may come back on another
 * one, and everything that was not acknowledged is said again in its old order. Start at
 * {@link sprite.server.session.Sessions}. The room knows nothing of files.
 */
@NullMarked
package sprite.server.session;

import org.jspecify.annotations.NullMarked;
