/**
 * Domains: trees of files with their own store on the server's disk.
 *
 * <p>{@link sprite.server.domain.Domain} is the door. Everything that changes a domain is a
 * {@link sprite.server.domain.Command}, applied atomically together with the reply that is kept for it, or one of the
 * data operations; nothing else writes. A command contains all that it needs, times included, so that applying the same
 * commands elsewhere gives the same domain. The room knows nothing of clients, caches at clients, or permissions: it
 * refuses what the tree cannot bear (a name that is taken, a directory that is not empty), not what a user may not do.
 */
@NullMarked
package sprite.server.domain;

import org.jspecify.annotations.NullMarked;
