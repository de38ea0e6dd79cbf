/**
 * The client's file system by inode, as drivers see it: {@link sprite.client.fs.FileSystem} is the door between a FUSE
 * driver and everything below. A driver translates kernel requests into these calls and errors into errnos, and decides
 * nothing.
 */
@NullMarked
package sprite.client.fs;

import org.jspecify.annotations.NullMarked;
