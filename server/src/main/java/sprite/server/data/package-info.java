/**
 * File data: reads and writes beside the stream, serialised per file, accepted only from whom the rules of sharing
 * allow it. {@link sprite.server.data.Transfers} is the door.
 */
@NullMarked
package sprite.server.data;

import org.jspecify.annotations.NullMarked;
