package sprite.server.domain.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.DomainException;
import sprite.server.domain.DomainOptions;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.data.NativeError;

/**
 * From a locked directory to a store that can be used: makes the root of a new domain, and sets right what the end of a
 * former server left undone. Pure functions, but for the disk.
 */
final class Opening {
    private Opening() {}

    static Store open(DomainDirectory directory, DomainOptions options) throws DomainException {
        Tables tables = directory.tables();
        try {
            Metadata metadata = new Metadata(directory.format().number(), tables);
            if (directory.isFresh()) {
                makeRoot(metadata);
                directory.finish();
            }
            checkClients(directory);
            DataFiles dataFiles =
                    new DataFiles(directory.data(), directory.ground().disk());
            recover(metadata, dataFiles);
            directory.begins(metadata);
            SpaceGauge space = new SpaceGauge(directory.path(), options.reserveBytes());
            Deletions deletions =
                    new Deletions(metadata, dataFiles, directory.ground().deleting());
            return new Store(metadata, dataFiles, options.cache(), space, options.inlineBytes(), deletions);
        } catch (FsException | IOException e) {
            tables.close();
            directory.close();
            if (e instanceof FsException refusal && refusal.error() == FsError.CORRUPT) {
                throw DomainDirectory.damaged(directory.path(), String.valueOf(e.getMessage()), e);
            }
            throw DomainDirectory.unusable(directory.path(), e);
        } catch (DomainException | RuntimeException e) {
            tables.close();
            directory.close();
            throw e;
        }
    }

    /**
     * Who is not on the list is not waited for, and others may have what it holds and has not written: so a list that
     * cannot be read is not guessed at, and nothing has been changed yet.
     */
    private static void checkClients(DomainDirectory directory) throws FsException, DomainException {
        int[] damaged = new int[1];
        directory.tables().scan(Table.INFO, Keys.clients(), Keys.afterClients(), (key, value) -> {
            damaged[0] += Keys.isClient(key, value) ? 0 : 1;
            return true;
        });
        if (damaged[0] > 0) {
            throw DomainDirectory.withoutClients(directory.path(), damaged[0]);
        }
    }

    private static void makeRoot(Metadata metadata) throws FsException {
        metadata.change(change -> {
            FileId root = change.newRoot();
            FileTime never = FileTime.EPOCH;
            Attributes attributes = new Attributes(
                    root,
                    FileType.DIRECTORY,
                    0755,
                    2,
                    0,
                    0,
                    0,
                    Inode.DIRECTORY_SIZE,
                    Inode.DIRECTORY_SIZE,
                    never,
                    never,
                    never,
                    never,
                    0,
                    false,
                    null,
                    null);
            change.put(new Inode(attributes, FileId.ROOT_INODE, 0, Storage.NONE, false));
            change.makeDurable();
            return root;
        });
    }

    /**
     * Files that were being written: what is past their size goes, their checksums are not trusted any more, and their
     * data is made durable as if settled. Data files whose inode is gone, or never came to have one, are deleted.
     */
    private static void recover(Metadata metadata, DataFiles dataFiles) throws FsException, IOException {
        List<Long> unsettled = new ArrayList<>();
        Map<Long, byte[]> redos = new HashMap<>();
        metadata.tables().scan(Table.UNSETTLED, Keys.NOTHING, Keys.ofLong(-1), (key, value) -> {
            unsettled.add(Keys.toLong(key));
            if (value.length > 0) {
                redos.put(Keys.toLong(key), value.clone());
            }
            return true;
        });
        List<DataFile> kept = new ArrayList<>();
        try {
            for (long number : unsettled) {
                DataFile data = dataFiles.acquire(number);
                kept.add(data);
                Inode inode = metadata.find(number);
                if (inode == null) {
                    data.delete();
                } else if (inode.storage() != Storage.FILE) {
                    data.create(); // empty, and deleted when that is durable
                } else {
                    byte[] redo = redos.get(number);
                    if (redo != null) {
                        Redo.apply(redo, data);
                    }
                    data.cut(inode.attributes().size());
                    data.touch();
                }
            }
            dataFiles.syncAll(kept);
            for (DataFile data : kept) {
                Inode inode = metadata.find(data.inode());
                if (inode != null && inode.storage() != Storage.FILE) {
                    data.delete();
                }
            }
            if (!unsettled.isEmpty()) {
                metadata.change(change -> {
                    for (long number : unsettled) {
                        settle(metadata, change, number);
                    }
                    change.makeDurable();
                    return true;
                });
            }
        } catch (NativeError e) {
            throw e.toFsException("recover", "unsettled files");
        } finally {
            kept.forEach(dataFiles::release);
        }
    }

    private static void settle(Metadata metadata, Change change, long number) throws FsException {
        Inode inode = metadata.find(number);
        if (inode != null) {
            change.dropChecksums(inode, 0);
        }
        change.delete(Table.UNSETTLED, Keys.ofLong(number));
    }
}
