/**
 * Names and attributes: looks them up, lists and changes them, and sees to it that nobody caches what is no longer
 * true.
 *
 * <p>{@link sprite.server.names.Names} is the door: it makes an {@link sprite.server.session.Operation} of each
 * request. Looking ({@code Look}, {@code Listing}) happens under a shared hold of the domain's names lock; changing
 * ({@code Change}) under an exclusive one, after the grants that it would falsify have come home. Who may do what is in
 * {@code Permission}.
 */
@NullMarked
package sprite.server.names;

import org.jspecify.annotations.NullMarked;
