/**
 * What things are called: files, names in directories, prefixes of domains.
 *
 * <p>All are values. A {@link sprite.common.name.FileName} holds the bytes of a Unix name exactly, whatever their
 * encoding. {@link sprite.common.name.FileId} is a file's identity for ever; paths are only ways to find one.
 */
@NullMarked
package sprite.common.name;

import org.jspecify.annotations.NullMarked;
