package sprite.server.domain.store;

import static sprite.server.domain.store.NameCommands.refused;

import java.util.Arrays;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Outcome;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.NativeError;

/**
 * The commands that change a file's data: a new size, and fallocate. Confined to the holder of the exclusive lock of
 * the file's {@link DataFile}.
 */
final class SizeCommands {
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 16;
    private static final int BLOCK_SIZE = FileData.BLOCK_SIZE;
    private static final long PAGE = 4096;

    private final Store store;
    private final FileId file;
    private final DataFile data;
    private final FileData fileData;

    /** Takes the outcome of a change along into it, as the reply that is kept. */
    interface Keeper {
        Outcome keep(Change change, Outcome outcome) throws FsException;
    }

    SizeCommands(Store store, FileId file, DataFile data) {
        this.store = store;
        this.file = file;
        this.data = data;
        this.fileData = new FileData(store, file, data);
    }

    /**
     * Sets a size, with the other attributes. The new size is written first and the data file cut afterwards; if the
     * server ends in between, the file is still marked as unsettled and the next start cuts it.
     */
    Outcome setSize(Command.SetAttributes set, long size, Keeper keeper) throws FsException {
        Inode before = regular();
        if (size < 0) {
            throw refused("truncate", file + " (size " + size + ")", FsError.INVALID);
        }
        if (size > Attributes.SIZE_MAX) {
            throw refused("truncate", file, FsError.FILE_TOO_BIG);
        }
        long old = before.attributes().size();
        boolean cuts = before.storage() == Storage.FILE && size < old;
        if (cuts) {
            fileData.mark(before);
        }
        Outcome outcome = store.metadata().change(change -> {
            Outcome others = AttributeCommands.set(change, set);
            if (size == old) {
                return keeper.keep(change, others);
            }
            Attributes after = resize(change, size);
            return keeper.keep(change, new Outcome(after, null, null, null));
        });
        if (cuts) {
            cut(size, old);
        }
        return outcome;
    }

    private Attributes resize(Change change, long size) throws FsException {
        Inode inode = change.inode(file);
        return switch (inode.storage()) {
            case NONE -> change.put(inode.withData(size, 0, null)).attributes();
            case INLINE -> {
                byte[] value = fileData.inlineValue();
                if (size == 0) {
                    change.delete(Table.INLINE, Keys.ofLong(file.inode()));
                    yield change.put(inode.withStorage(Storage.NONE).withData(0, 0, null))
                            .attributes();
                }
                byte[] kept = value.length <= size ? value : Arrays.copyOf(value, (int) size);
                yield fileData.putInline(change, kept, size, null);
            }
            case FILE -> {
                if (size < inode.attributes().size()) {
                    change.dropChecksums(inode, size / BLOCK_SIZE);
                }
                long allocated = Math.min(inode.attributes().allocated(), Math.ceilDiv(size, PAGE) * PAGE);
                yield change.put(size == 0 ? inode.emptied() : inode.withData(size, allocated, null))
                        .attributes();
            }
        };
    }

    private void cut(long size, long old) throws FsException {
        store.cache().drop(file, size / BLOCK_SIZE, (old - 1) / BLOCK_SIZE);
        try {
            if (size == 0) {
                // Empty, and not deleted before that is durable: a disk may forget a deletion and what was made of that
                // name afterwards, and then the file would have the old data again.
                data.written().clear();
                data.create();
                return;
            }
            data.written().removeFrom(size / BLOCK_SIZE);
            if (size % BLOCK_SIZE != 0) {
                data.written().add(size / BLOCK_SIZE, size / BLOCK_SIZE);
            }
            data.cut(size);
        } catch (NativeError e) {
            throw e.toFsException("truncate", file);
        }
    }

    /** As fallocate(2). */
    Outcome allocate(Command.Allocate command, Keeper keeper) throws FsException {
        boolean known = switch (command.mode()) {
            case 0, KEEP_SIZE, PUNCH_HOLE | KEEP_SIZE, ZERO_RANGE, ZERO_RANGE | KEEP_SIZE -> true;
            default -> false;
        };
        if (!known) {
            throw refused("allocate", file + " (mode " + command.mode() + ")", FsError.NOT_SUPPORTED);
        }
        Inode inode = regular();
        if (command.offset() < 0 || command.length() <= 0) {
            throw refused("allocate", file, FsError.INVALID);
        }
        if (command.offset() > Attributes.SIZE_MAX - command.length()) {
            throw refused("allocate", file, FsError.FILE_TOO_BIG);
        }
        return (command.mode() & (PUNCH_HOLE | ZERO_RANGE)) != 0
                ? zero(inode, command, keeper)
                : reserve(inode, command, keeper);
    }

    private Outcome reserve(Inode inode, Command.Allocate command, Keeper keeper) throws FsException {
        long end = command.offset() + command.length();
        boolean inline = inode.storage() != Storage.FILE && end <= store.inlineBytes();
        store.claim("allocate", file, command.length());
        if (!inline) {
            fileData.mark(inode);
            if (inode.storage() != Storage.FILE) {
                fileData.moveOut(inode);
            }
        }
        try {
            if (!inline) {
                data.allocate(command.offset(), command.length());
            }
            return enter(command, !inline, inline ? inode.attributes().allocated() : data.allocated(), keeper);
        } catch (NativeError e) {
            throw e.toFsException("allocate", file);
        }
    }

    private Outcome zero(Inode inode, Command.Allocate command, Keeper keeper) throws FsException {
        Attributes a = inode.attributes();
        if (inode.storage() == Storage.FILE) {
            return zeroFile(inode, command, keeper);
        }
        byte[] value = fileData.inlineValue();
        int from = (int) Math.min(command.offset(), value.length);
        int to = (int) Math.min(command.offset() + command.length(), value.length);
        Arrays.fill(value, from, to, (byte) 0);
        return store.metadata().change(change -> {
            if (inode.storage() == Storage.INLINE) {
                change.put(Table.INLINE, Keys.ofLong(file.inode()), value);
            }
            long size = newSize(command, a.size());
            Inode after = change.put(change.inode(file).withData(size, a.allocated(), command.at()));
            return keeper.keep(change, new Outcome(after.attributes(), null, null, null));
        });
    }

    private Outcome zeroFile(Inode inode, Command.Allocate command, Keeper keeper) throws FsException {
        long size = inode.attributes().size();
        long first = command.offset() / BLOCK_SIZE;
        long last = (command.offset() + command.length() - 1) / BLOCK_SIZE;
        boolean reserves = (command.mode() & ZERO_RANGE) != 0;
        if (reserves) {
            store.claim("allocate", file, command.length());
        }
        fileData.mark(inode);
        // Checksums go before the data does: zeros that are repeated after a crash do no harm, wrong checksums do.
        store.metadata().change(change -> {
            change.dropChecksums(change.inode(file), first, last);
            return true;
        });
        if (size > 0) {
            store.cache().drop(file, first, Math.min(last, (size - 1) / BLOCK_SIZE));
        }
        try {
            data.zero(command.offset(), command.length());
            if (reserves) {
                data.allocate(command.offset(), command.length());
            }
            return enter(command, true, data.allocated(), keeper);
        } catch (NativeError e) {
            throw e.toFsException("allocate", file);
        }
    }

    private Outcome enter(Command.Allocate command, boolean inDataFile, long allocated, Keeper keeper)
            throws FsException {
        return store.metadata().change(change -> {
            Inode inode = change.inode(file);
            if (inDataFile && inode.storage() == Storage.INLINE) {
                change.delete(Table.INLINE, Keys.ofLong(file.inode()));
            }
            Inode placed = inDataFile ? inode.withStorage(Storage.FILE) : inode;
            long size = newSize(command, inode.attributes().size());
            Inode after = change.put(placed.withData(size, allocated, command.at()));
            return keeper.keep(change, new Outcome(after.attributes(), null, null, null));
        });
    }

    private static long newSize(Command.Allocate command, long size) {
        return (command.mode() & KEEP_SIZE) != 0 ? size : Math.max(size, command.offset() + command.length());
    }

    private Inode regular() throws FsException {
        Inode inode = store.metadata().inode(file);
        if (inode.attributes().isDirectory()) {
            throw refused("change", file, FsError.IS_DIRECTORY);
        }
        if (!inode.attributes().isRegular()) {
            throw refused("change", file, FsError.INVALID);
        }
        return inode;
    }
}
