/**
 * What every FUSE driver shares: the door {@link sprite.client.fuse.Driver} and the one translation of errors into
 * Linux error numbers, {@link sprite.client.fuse.Errno}. A driver turns requests of the kernel into calls of
 * {@link sprite.client.fs.FileSystem} and decides nothing itself.
 */
@NullMarked
package sprite.client.fuse;

import org.jspecify.annotations.NullMarked;
