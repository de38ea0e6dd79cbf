/** The client daemon put together: {@link sprite.client.ClientDaemon} makes the rooms below it into a file system. */
@NullMarked
package sprite.client;

import org.jspecify.annotations.NullMarked;
