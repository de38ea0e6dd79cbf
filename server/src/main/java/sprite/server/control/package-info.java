/**
 * How a server that runs is asked for something by a program of its own user on its own machine: through a socket in
 * the directory of a domain. What can be had there is a dump.
 *
 * <p>Whoever connects is sent parts, each the number of its bytes (4, big-endian) and these bytes; then the number 0, a
 * string ({@link java.io.DataOutput#writeUTF}) that says why the dump is not whole, empty if it is, and the number of
 * records (8).
 */
@NullMarked
package sprite.server.control;

import org.jspecify.annotations.NullMarked;
