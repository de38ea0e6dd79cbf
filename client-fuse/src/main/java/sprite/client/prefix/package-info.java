/**
 * Which server exports which part of the name space. {@link sprite.client.prefix.PrefixTable} is filled on demand, as
 * Sprite's was, by asking servers instead of broadcasting; what it holds are hints.
 *
 * <p>Source: Welch and Ousterhout, "Prefix Tables: A Simple Mechanism for Locating Files in a Distributed System",
 * 1986.
 */
@NullMarked
package sprite.client.prefix;

import org.jspecify.annotations.NullMarked;
