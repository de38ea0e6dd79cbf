/**
 * A domain, at rest or as it was at one moment, as one stream of bytes, and back.
 * {@link sprite.server.domain.dump.Dump} writes it, {@link sprite.server.domain.dump.Load} reads it.
 *
 * <h2>The format, version 1</h2>
 *
 * <p>The line "spritefs dump 1", then records: one byte for the kind, the length of the payload (4 bytes, big-endian),
 * the payload, and the CRC32C of all of these (4 bytes). In this order:
 *
 * <ul>
 *   <li>{@code F}: the file FORMAT of the domain, once.
 *   <li>{@code T}: a pair of a table: the length of the table's name (1 byte), its name, the length of the key (2
 *       bytes), the key, the value. All tables but UNSETTLED, and of INFO all but "boot".
 *   <li>{@code D}: data of a data file: inode, offset (8 bytes each), bytes. Pages of zeros are left out. A file of
 *       zeros alone has one record without bytes.
 *   <li>{@code E}: the number of records before it (8 bytes). What follows is not read.
 * </ul>
 */
@NullMarked
package sprite.server.domain.dump;

import org.jspecify.annotations.NullMarked;
