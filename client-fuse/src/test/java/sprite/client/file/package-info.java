/** The file cache is tested against {@link sprite.client.file.FakeServer}, an in-memory twin of a server. */
@NullMarked
package sprite.client.file;

import org.jspecify.annotations.NullMarked;
