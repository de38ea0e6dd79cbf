/**
 * Which server exports which prefix, as the servers themselves know it.
 *
 * <p>{@link sprite.server.prefix.Locator} is the door: it answers where a prefix is, from what this server exports or
 * by asking its peers, which is the modern form of Sprite's broadcast; and it makes and removes remote links, the
 * place-holders where one domain joins another. A remote link names a prefix and never a place, so that a domain can
 * move. Clients keep prefix tables of their own; nothing here pushes to them.
 *
 * <p>Source: Welch, Ousterhout, "Prefix Tables: A Simple Mechanism for Locating Files in a Distributed System", 1986.
 */
@NullMarked
package sprite.server.prefix;

import org.jspecify.annotations.NullMarked;
