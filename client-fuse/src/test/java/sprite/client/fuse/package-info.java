/** Drivers are tested with real mounts of {@link sprite.client.fuse.MemoryFileSystem}. */
@NullMarked
package sprite.client.fuse;

import org.jspecify.annotations.NullMarked;
