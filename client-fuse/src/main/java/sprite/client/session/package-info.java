/**
 * A client's conversation with its servers: one {@link sprite.client.session.ServerLink} each. Numbers requests,
 * matches replies, reconnects within the lease, keeps the lease, and hands callbacks to whoever caches. The room caches
 * nothing itself and decides nothing about caching.
 */
@NullMarked
package sprite.client.session;

import org.jspecify.annotations.NullMarked;
