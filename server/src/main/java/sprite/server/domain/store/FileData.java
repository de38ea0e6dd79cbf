package sprite.server.domain.store;

import static sprite.server.domain.store.NameCommands.refused;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.server.cache.BlockCache;
import sprite.server.domain.Keeping;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.NativeError;

/**
 * The data of one file, while its lock is held: reading, writing, moving from the metadata into a data file.
 *
 * <p>Before the first byte of a data file changes, the file is marked as unsettled; where it had a data file the mark
 * is on disk before, or a crash of the machine could leave new data with old checksums, or past the size, and no word
 * of it. See "Marks Before Data" in docs/design-notes.md.
 *
 * <p>Confined to the holder of the lock of its {@link DataFile}.
 */
final class FileData {
    static final int BLOCK_SIZE = BlockCache.BLOCK_SIZE;

    private static final int SECTOR = 512;
    private static final byte[] ZEROS = new byte[BLOCK_SIZE];

    private final Store store;
    private final FileId file;
    private final DataFile data;

    FileData(Store store, FileId file, DataFile data) {
        this.store = store;
        this.file = file;
        this.data = data;
    }

    /** Reads, under at least the shared lock. */
    int read(Inode inode, long offset, MemorySegment into) throws FsException {
        long size = inode.attributes().size();
        int bytes = (int) Math.clamp(size - offset, 0, into.byteSize());
        if (bytes == 0) {
            return 0;
        }
        switch (inode.storage()) {
            case NONE -> into.asSlice(0, bytes).fill((byte) 0);
            case INLINE -> readInline(offset, into.asSlice(0, bytes));
            case FILE -> readBlocks(inode, offset, into, bytes);
        }
        return bytes;
    }

    private void readInline(long offset, MemorySegment into) throws FsException {
        byte[] value = inlineValue();
        int from = (int) Math.min(offset, value.length);
        int bytes = (int) Math.min(into.byteSize(), value.length - from);
        MemorySegment.copy(MemorySegment.ofArray(value), from, into, 0, bytes);
        into.asSlice(bytes).fill((byte) 0);
    }

    private void readBlocks(Inode inode, long offset, MemorySegment into, int bytes) throws FsException {
        int done = 0;
        while (done < bytes) {
            long block = (offset + done) / BLOCK_SIZE;
            int from = (int) ((offset + done) % BLOCK_SIZE);
            int count = Math.min(BLOCK_SIZE - from, bytes - done);
            int expected = (int) Math.min(BLOCK_SIZE, inode.attributes().size() - block * BLOCK_SIZE);
            store.cache().read(file, block, from, into, done, count, expected, slab -> load(inode, block, slab));
            done += count;
        }
    }

    private int load(Inode inode, long block, MemorySegment slab) throws FsException {
        int bytes;
        try {
            bytes = (int) data.read(block * BLOCK_SIZE, slab);
        } catch (NativeError e) {
            throw e.toFsException("read", file);
        }
        if (inode.checksummed() && !data.written().contains(block)) {
            byte[] stored = store.metadata().tables().get(Table.CHECKSUMS, Keys.block(file.inode(), block));
            if (stored != null && Keys.toChecksum(stored) != checksum(slab, bytes)) {
                FsException damaged = refused("read", file + " (checksum of block " + block + ")", FsError.CORRUPT);
                store.note("data is damaged ('spritefs fsck' tells more)", damaged);
                throw damaged;
            }
        }
        return bytes;
    }

    /** As {@code Domain.seek}, under at least the shared lock. */
    long seek(Inode inode, long offset, boolean hole) throws FsException {
        long size = inode.attributes().size();
        if (offset < 0 || offset >= size) {
            return -1;
        }
        return switch (inode.storage()) {
            case NONE -> hole ? offset : -1;
            case INLINE -> seek(Math.min(size, inlineValue().length), offset, hole);
            case FILE -> {
                try {
                    long found = data.seek(offset, hole);
                    yield hole ? Math.min(found, size) : found < size ? found : -1;
                } catch (NativeError e) {
                    throw e.toFsException("seek in", file);
                }
            }
        };
    }

    private static long seek(long dataEnd, long offset, boolean hole) {
        if (hole) {
            return Math.max(offset, dataEnd);
        }
        return offset < dataEnd ? offset : -1;
    }

    /** CRC32C of a block, as if it were filled up with zeros: so it stays right when the file grows. */
    static int checksum(MemorySegment slab, int bytes) {
        CRC32C crc = new CRC32C();
        crc.update(slab.asSlice(0, bytes).asByteBuffer());
        crc.update(ZEROS, 0, BLOCK_SIZE - bytes);
        return (int) crc.getValue();
    }

    /** Writes, under the exclusive lock. */
    Attributes write(
            Inode inode,
            long offset,
            MemorySegment bytes,
            @Nullable FileTime modified,
            @Nullable Keeping<Attributes> keeping)
            throws FsException {
        long end = offset + bytes.byteSize();
        if (inode.storage() != Storage.FILE && end <= store.inlineBytes()) {
            return writeInline(inode, offset, bytes, modified, keeping);
        }
        boolean moving = inode.storage() != Storage.FILE;
        Attributes a = inode.attributes();
        if (moving || end > a.size() || a.allocated() < a.size()) {
            store.claim("write", file, bytes.byteSize());
        }
        mark(inode);
        if (moving) {
            moveOut(inode);
        }
        if (keeping != null && !moving && offset < a.size()) {
            return overwrite(a, offset, bytes, modified, keeping);
        }
        long allocated;
        try {
            allocated = store(a, offset, bytes);
        } catch (FsException e) {
            cutBack(inode);
            throw e;
        }
        if (!moving && end <= a.size() && modified == null && keeping == null && allocated == a.allocated()) {
            return a;
        }
        try {
            return store.metadata().change(change -> keep(change, enter(change, end, allocated, modified), keeping));
        } catch (FsException e) {
            cutBack(inode);
            throw e;
        }
    }

    /** Writes to the data file and the cache; returns what the file then occupies. */
    private long store(Attributes before, long offset, MemorySegment bytes) throws FsException {
        long end = offset + bytes.byteSize();
        long first = offset / BLOCK_SIZE;
        long last = (end - 1) / BLOCK_SIZE;
        data.written().add(first, last);
        long allocated;
        try {
            data.write(offset, bytes);
            allocated =
                    end > before.size() || before.allocated() < before.size() ? data.allocated() : before.allocated();
        } catch (NativeError e) {
            store.cache().drop(file, first, last);
            throw e.toFsException("write", file);
        }
        store.cache().write(file, offset, bytes);
        return allocated;
    }

    /**
     * Writes where others can read what was there before. If that came first, and the server ended before the answer is
     * kept, the write would be said again and done a second time, perhaps over what another has written since. So the
     * answer is kept first, and with it the data ({@link Redo}), which the next start writes again.
     */
    private Attributes overwrite(
            Attributes before,
            long offset,
            MemorySegment bytes,
            @Nullable FileTime modified,
            Keeping<Attributes> keeping)
            throws FsException {
        long end = offset + bytes.byteSize();
        byte[] key = Keys.ofLong(file.inode());
        Attributes entered = store.metadata().change(change -> {
            change.put(Table.UNSETTLED, key, Redo.of(offset, bytes));
            return keep(change, enter(change, end, before.allocated(), modified), keeping);
        });
        data.setMarked(false); // should the record stay, whoever writes next has to take it away first
        long allocated;
        try {
            allocated = store(before, offset, bytes);
        } catch (FsException e) {
            undo(before, keeping);
            throw e;
        }
        Attributes after = store.metadata().change(change -> {
            Inode now = store.metadata().find(file.inode());
            if (now == null) {
                return entered; // removed meanwhile, with the record
            }
            change.put(Table.UNSETTLED, key, Keys.NOTHING);
            return allocated == now.attributes().allocated()
                    ? now.attributes()
                    : change.put(now.withData(now.attributes().size(), allocated, null))
                            .attributes();
        });
        data.setMarked(true);
        return after;
    }

    /** The data could not be written: nothing was. */
    private void undo(Attributes before, Keeping<Attributes> keeping) throws FsException {
        store.metadata().change(change -> {
            Inode now = store.metadata().find(file.inode());
            change.delete(Table.REPLIES, Keys.reply(keeping.key()));
            if (now != null) {
                change.put(Table.UNSETTLED, Keys.ofLong(file.inode()), Keys.NOTHING);
                Inode _ = change.put(now.withData(before.size(), before.allocated(), before.modified()));
            }
            return true;
        });
        data.setMarked(true);
        Inode now = store.metadata().find(file.inode());
        if (now != null) {
            cutBack(now);
        }
    }

    /** Notes in the inode what was written to the data file. */
    private Attributes enter(Change change, long end, long allocated, @Nullable FileTime modified) throws FsException {
        Inode before = change.inode(file);
        if (before.storage() == Storage.INLINE) {
            change.delete(Table.INLINE, Keys.ofLong(file.inode()));
        }
        long size = Math.max(before.attributes().size(), end);
        return change.put(before.withStorage(Storage.FILE).withData(size, allocated, modified))
                .attributes();
    }

    private static Attributes keep(Change change, Attributes after, @Nullable Keeping<Attributes> keeping)
            throws FsException {
        if (keeping != null) {
            change.put(Table.REPLIES, Keys.reply(keeping.key()), keeping.reply().apply(after));
        }
        return after;
    }

    private Attributes writeInline(
            Inode inode,
            long offset,
            MemorySegment bytes,
            @Nullable FileTime modified,
            @Nullable Keeping<Attributes> keeping)
            throws FsException {
        store.claim("write", file, bytes.byteSize());
        if (inode.storage() == Storage.NONE) {
            store.noteUncommitted(file.inode());
        }
        byte[] before = inlineValue();
        int end = (int) (offset + bytes.byteSize());
        byte[] after = Arrays.copyOf(before, Math.max(before.length, end));
        MemorySegment.copy(bytes, 0, MemorySegment.ofArray(after), offset, bytes.byteSize());
        return store.metadata().change(change -> {
            long size = Math.max(change.inode(file).attributes().size(), end);
            return keep(change, putInline(change, after, size, modified), keeping);
        });
    }

    /** Sets the inline data and the size. */
    Attributes putInline(Change change, byte[] value, long size, @Nullable FileTime modified) throws FsException {
        change.put(Table.INLINE, Keys.ofLong(file.inode()), value);
        long allocated = Math.ceilDiv((long) value.length, SECTOR) * SECTOR;
        return change.put(change.inode(file).withStorage(Storage.INLINE).withData(size, allocated, modified))
                .attributes();
    }

    /** The inline data; it may be shorter than the file, which then ends with zeros. */
    byte[] inlineValue() throws FsException {
        byte[] value = store.metadata().tables().get(Table.INLINE, Keys.ofLong(file.inode()));
        return value == null ? Keys.NOTHING : value;
    }

    /**
     * Makes the data file of a file that had none, with its inline data. That data may have been committed, and the
     * copy in the metadata goes, so the new copy is made durable first.
     */
    void moveOut(Inode inode) throws FsException {
        try {
            data.create();
            if (inode.storage() == Storage.INLINE) {
                byte[] value = inlineValue();
                data.written().add(0, 0);
                data.write(0, MemorySegment.ofArray(value));
                if (store.isUncommitted(file.inode())) {
                    store.noteMovedUnsynced();
                } else {
                    store.dataFiles().sync(data);
                }
            }
        } catch (NativeError e) {
            throw e.toFsException("write", file);
        }
    }

    /** Marks the file as unsettled, if it is not. */
    void mark(Inode inode) throws FsException {
        if (data.isMarked()) {
            return;
        }
        store.metadata().change(change -> {
            change.inode(file);
            change.put(Table.UNSETTLED, Keys.ofLong(file.inode()), Keys.NOTHING);
            return true;
        });
        if (inode.storage() == Storage.FILE) {
            store.logSync().sync();
        }
        data.setMarked(true);
    }

    /** After a failed write: what lies past the size would show when the file grows. */
    private void cutBack(Inode inode) {
        try {
            data.cut(inode.storage() == Storage.FILE ? inode.attributes().size() : 0);
        } catch (NativeError e) {
            // The disk fails. The file is marked, so the next start cuts it.
            store.note("cutting back " + file, e);
        }
    }
}
