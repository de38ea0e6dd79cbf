/**
 * The server's cache of file blocks: off-heap, bounded in bytes, shared by all domains of a server.
 *
 * <p>It knows nothing of files beyond their ids. Whoever uses it sees to it that nobody changes a block while another
 * reads it: the domain's lock per file does.
 */
@NullMarked
package sprite.server.cache;

import org.jspecify.annotations.NullMarked;
