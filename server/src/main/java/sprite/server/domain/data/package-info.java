/**
 * Files of the operating system that hold the data of large files: opening, reading, writing, syncing, deleting, and
 * remembering which blocks were written. Knows nothing of the metadata store.
 *
 * <p>{@link sprite.server.domain.data.DataFiles} hands out a {@link sprite.server.domain.data.DataFile} per file in
 * use. System calls go through a {@link sprite.server.domain.data.Disk} rather than a FileChannel: an interrupted
 * thread closes a FileChannel for everybody, and holes and allocated bytes are out of its reach.
 */
@NullMarked
package sprite.server.domain.data;

import org.jspecify.annotations.NullMarked;
