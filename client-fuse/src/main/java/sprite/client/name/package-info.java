/**
 * What this client knows of names and attributes, under grants from the servers. Filled and emptied by the thread that
 * reads a server's stream, in the server's order; read by everybody. Nothing here expires: an entry is the truth until
 * the server takes the grant back, or the lease ends (which the reader checks).
 */
@NullMarked
package sprite.client.name;

import org.jspecify.annotations.NullMarked;
