/**
 * A domain on disk. {@link sprite.server.domain.store.RocksDomain#open} is the door; the rest is private to the room.
 *
 * <h2>The format, version 1</h2>
 *
 * <p>A domain is a directory:
 *
 * <ul>
 *   <li>{@code FORMAT}: text; the line "spritefs domain", then {@code version=}, {@code number=} (of the domain, 1 to
 *       2<sup>19</sup>-1), {@code uuid=}, {@code prefix=}. Moved into place last when a domain is made
 *       ({@code FORMAT.new} until then).
 *   <li>{@code lock}: empty; locked by the server that uses the domain.
 *   <li>{@code control}: while the domain is served, a socket; see {@link sprite.server.control}.
 *   <li>{@code aside/}: what a dump of a domain in use keeps; deleted when the domain is opened.
 *   <li>{@code meta/}: a RocksDB with the tables below.
 *   <li>{@code data/xx/inode}: the data of one file, xx being the low eight bits of the inode number in hexadecimal,
 *       the inode number in decimal. Sparse, and never longer than the file's size except while it is marked as
 *       unsettled; it may be shorter, then the rest is zeros.
 *   <li>{@code data/lost/}: data files that belonged to nobody after the machine stopped. Never read, and there only if
 *       there were some.
 * </ul>
 *
 * <p>Tables; numbers are big-endian, of 8 bytes unless told otherwise:
 *
 * <ul>
 *   <li>{@code info}: "epoch", "files" (inodes in use), "boot" (which life of the machine has the domain open; empty
 *       after a clean end), "inode-limit" (numbers up to here may have been used; inode numbers are put aside in
 *       ranges, durably, and never used again); "client " and a number: a client that may have had something open or
 *       unwritten; one byte, 1, if programs of its host may have stored into pages of files, else nothing.
 *   <li>{@code inodes}: inode to record; its first byte is its version, its layout is in {@code InodeCodec}.
 *   <li>{@code entries}: directory's inode, name's bytes to inode and one byte for the type.
 *   <li>{@code xattrs}: inode, name in UTF-8 to value.
 *   <li>{@code inline}: inode to the target of a symbolic link, or the data of a small file (without trailing zeros
 *       that were never written).
 *   <li>{@code checksums}: inode, block index to CRC32C (4 bytes) of the block of 64 KiB, filled up with zeros. Blocks
 *       may be without.
 *   <li>{@code orphans}: inode of a file without names that was kept, to nothing; or to one byte, 1, if it never had a
 *       name and may get one.
 *   <li>{@code unsettled}: inode of a file whose data file is being changed or is to be deleted, to nothing, or to a
 *       write that the next start does again: offset and bytes ({@code Redo}).
 *   <li>{@code replies}: client, session, sequence number to the bytes of the reply.
 * </ul>
 *
 * <h2>What a crash leaves</h2>
 *
 * <p>Every change of the tables is one batch, in the operating system's hands when it is acknowledged: the end of the
 * server loses none, the end of the machine may lose the last ones, together and in order, back to the last commit. A
 * file is marked as unsettled before its data file changes. A marked file is, at the next start, written to if its mark
 * says what, cut to its size, synced, and rid of its checksums; if its inode is gone, or does not lie in a data file,
 * the data file is deleted. After the end of the machine ("boot" is neither empty nor what it is now) all other data
 * files without such an inode are moved to {@code data/lost}, or deleted if empty: the tables lost the files, or the
 * disk lost that they were deleted. Nothing else needs repair.
 *
 * <p>The order that this takes is data, then marks that speak of it, then what relies on the marks; "Marks Before Data"
 * in docs/design-notes.md has the list.
 *
 * <p>{@code allocated} of an inode is what the data file occupies at the last write that changed it; a truncation
 * leaves an estimate until the file is settled, and inline data counts in sectors of 512 bytes.
 */
@NullMarked
package sprite.server.domain.store;

import org.jspecify.annotations.NullMarked;
