package sprite.server.domain.store;

import com.github.benmanes.caffeine.cache.Cache;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Entry;

/**
 * One atomic change of the metadata while it is put together. Inodes show what the change made of them so far; entries
 * and other tables show what they were before it.
 *
 * <p>Confined to the thread that holds the lock of {@link Metadata}.
 */
final class Change {
    /** How many checksums are deleted one by one; range deletions make later reads slower. */
    private static final long CHECKSUMS_ONE_BY_ONE = 64;

    private final Metadata metadata;
    private final WriteBatch batch;
    private final Map<Long, Optional<Inode>> inodes = new LinkedHashMap<>(4);
    private int filesMore;
    private boolean durable;
    private @Nullable Inode freed;

    Change(Metadata metadata, WriteBatch batch) {
        this.metadata = metadata;
        this.batch = batch;
    }

    /** The inode of a file; NOT_FOUND if there is none. */
    Inode inode(FileId file) throws FsException {
        Optional<Inode> changed = inodes.get(file.inode());
        if (changed == null) {
            return metadata.inode(file);
        }
        return changed.orElseThrow(() -> new FsException("find", file.toString(), FsError.NOT_FOUND));
    }

    /** As {@link #inode}, but NOT_DIRECTORY if it is none and NOT_FOUND if it has been removed. */
    Inode directory(FileId file) throws FsException {
        Inode inode = inode(file);
        if (!inode.attributes().isDirectory()) {
            throw new FsException("enter", file.toString(), FsError.NOT_DIRECTORY);
        }
        if (inode.attributes().links() == 0) {
            throw new FsException("enter", file.toString(), FsError.NOT_FOUND);
        }
        return inode;
    }

    /** The entry of that name, or null. */
    @Nullable
    Entry entry(FileId directory, FileName name) throws FsException {
        return entry(metadata, directory, name);
    }

    static @Nullable Entry entry(Metadata metadata, FileId directory, FileName name) throws FsException {
        byte[] value = metadata.tables().get(Table.ENTRIES, Keys.entry(directory.inode(), name));
        return value == null ? null : entry(metadata, name, value);
    }

    /** The entry that a value of the table stands for. */
    static Entry entry(Metadata metadata, FileName name, byte[] value) throws FsException {
        try {
            if (value.length == 9) {
                return new Entry(name, metadata.fileId(Keys.toLong(value)), InodeCodec.type(value[8]));
            }
        } catch (IllegalArgumentException e) {
            throw new FsException("look up", name + " (" + e.getMessage() + ")", FsError.CORRUPT);
        }
        throw new FsException("look up", name + " (entry of " + value.length + " bytes)", FsError.CORRUPT);
    }

    void putEntry(FileId directory, FileName name, FileId file, FileType type) throws FsException {
        byte[] value = new byte[9];
        System.arraycopy(Keys.ofLong(file.inode()), 0, value, 0, 8);
        value[8] = InodeCodec.code(type);
        put(Table.ENTRIES, Keys.entry(directory.inode(), name), value);
    }

    void deleteEntry(FileId directory, FileName name) throws FsException {
        delete(Table.ENTRIES, Keys.entry(directory.inode(), name));
    }

    /** A number for a file that the change makes. */
    FileId newFile() throws FsException {
        filesMore++;
        return metadata.fileId(metadata.newInode());
    }

    /** The number of the root, for a change that makes it. */
    FileId newRoot() {
        filesMore++;
        return metadata.fileId(FileId.ROOT_INODE);
    }

    /** Sets an inode, and returns it. */
    Inode put(Inode inode) {
        inodes.put(inode.attributes().file().inode(), Optional.of(inode));
        return inode;
    }

    /** Takes a file away that has no names any more, with all that is stored of it but a data file. */
    void free(Inode inode) throws FsException {
        FileId file = inode.attributes().file();
        byte[] key = Keys.ofLong(file.inode());
        filesMore--;
        inodes.put(file.inode(), Optional.empty());
        delete(Table.ORPHANS, key);
        if (inode.attributes().hasXattrs()) {
            deleteRange(Table.XATTRS, key, Keys.ofLong(file.inode() + 1));
        }
        if (inode.storage() == Storage.INLINE || inode.attributes().type() == FileType.SYMLINK) {
            delete(Table.INLINE, key);
        }
        if (inode.storage() == Storage.FILE) {
            // The mark makes sure that the data file goes even if the server ends before it is deleted.
            put(Table.UNSETTLED, key, Keys.NOTHING);
        }
        dropChecksums(inode, 0);
        if (inode.attributes().isRegular()) {
            freed = inode;
        }
    }

    /** Deletes the checksums of a file's blocks from {@code first} on. */
    void dropChecksums(Inode inode, long first) throws FsException {
        dropChecksums(inode, first, Long.MAX_VALUE);
    }

    /** Deletes the checksums of a file's blocks {@code first} to {@code last} (inclusive). */
    void dropChecksums(Inode inode, long first, long last) throws FsException {
        if (!inode.checksummed()) {
            return;
        }
        long number = inode.attributes().file().inode();
        long end = Math.min(last, (inode.attributes().size() - 1) / BlockCache.BLOCK_SIZE);
        if (end - first < CHECKSUMS_ONE_BY_ONE) {
            for (long block = first; block <= end; block++) {
                delete(Table.CHECKSUMS, Keys.block(number, block));
            }
        } else {
            deleteRange(Table.CHECKSUMS, Keys.block(number, first), Keys.block(number, end + 1));
        }
    }

    void put(Table table, byte[] key, byte[] value) throws FsException {
        metadata.tables().put(batch, table, key, value);
    }

    void delete(Table table, byte[] key) throws FsException {
        metadata.tables().delete(batch, table, key);
    }

    void deleteRange(Table table, byte[] from, byte[] end) throws FsException {
        metadata.tables().deleteRange(batch, table, from, end);
    }

    byte @Nullable [] get(Table table, byte[] key) throws FsException {
        return metadata.tables().get(table, key);
    }

    /** Has the change on disk before it returns. */
    void makeDurable() {
        durable = true;
    }

    boolean isDurable() {
        return durable;
    }

    int filesMore() {
        return filesMore;
    }

    /** The regular file that {@link #free} took away, whose data is to be deleted once the change is written. */
    @Nullable
    Inode freed() {
        return freed;
    }

    /** Puts the changed inodes into the batch. */
    void stage() throws FsException {
        for (Map.Entry<Long, Optional<Inode>> entry : inodes.entrySet()) {
            byte[] key = Keys.ofLong(entry.getKey());
            if (entry.getValue().isPresent()) {
                put(Table.INODES, key, InodeCodec.encode(entry.getValue().get()));
            } else {
                delete(Table.INODES, key);
            }
        }
    }

    /** Shows the changed inodes to everybody, once the batch is written. */
    void publish(Cache<Long, Inode> memory) {
        inodes.forEach((number, inode) -> {
            if (inode.isPresent()) {
                memory.put(number, inode.get());
            } else {
                memory.invalidate(number);
            }
        });
    }
}
