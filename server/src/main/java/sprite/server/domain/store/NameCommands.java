package sprite.server.domain.store;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Acl;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;

/** The commands that change names, except rename. Pure functions on a {@link Change}. */
final class NameCommands {
    /** Most links of a file, and most directories in a directory: LINK_MAX of ext4. */
    static final int LINKS_MAX = 65_000;

    /** In the table of orphans, of a file that never had a name: it may get one. */
    private static final byte[] LINKABLE = {1};

    private NameCommands() {}

    static Outcome make(Change change, Command.Make make) throws FsException {
        Inode directory = change.directory(make.directory());
        if (change.entry(make.directory(), make.name()) != null) {
            throw refused("make", make.name(), FsError.EXISTS);
        }
        boolean isDirectory = make.type() == FileType.DIRECTORY;
        if (isDirectory && directory.attributes().links() >= LINKS_MAX) {
            throw refused("make", make.name(), FsError.TOO_MANY_LINKS);
        }
        FileId file = change.newFile();
        Inode made = change.put(
                new Inode(attributes(make, file), isDirectory ? make.directory().inode() : 0, 0, Storage.NONE, false));
        if (make.type() == FileType.SYMLINK) {
            change.put(Table.INLINE, Keys.ofLong(file.inode()), target(make).toByteArray());
        }
        Acl defaults = make.defaults();
        if (isDirectory && defaults != null) {
            change.put(Table.XATTRS, Keys.xattr(file.inode(), Acl.DEFAULT_NAME), defaults.toBytes());
        }
        change.putEntry(make.directory(), make.name(), file, make.type());
        Inode parent = change.put(directory.withEntries(1, isDirectory ? 1 : 0, make.at()));
        return new Outcome(made.attributes(), parent.attributes(), null, null);
    }

    static Outcome makeNameless(Change change, Command.MakeNameless make) throws FsException {
        var _ = change.directory(make.directory());
        FileId file = change.newFile();
        Attributes attributes = new Attributes(
                file,
                FileType.REGULAR,
                make.mode() & 07777,
                0,
                make.uid(),
                make.gid(),
                0,
                0,
                0,
                make.at(),
                make.at(),
                make.at(),
                make.at(),
                0,
                false,
                make.acl(),
                null);
        change.put(new Inode(attributes, 0, 0, Storage.NONE, false));
        change.put(Table.ORPHANS, Keys.ofLong(file.inode()), LINKABLE);
        return new Outcome(attributes, null, null, null);
    }

    private static ByteString target(Command.Make make) throws FsException {
        ByteString target = make.target();
        if (target == null) {
            throw refused("make", make.name() + " (a symbolic link without a target)", FsError.INVALID);
        }
        return target;
    }

    private static Attributes attributes(Command.Make make, FileId file) throws FsException {
        if ((make.type() == FileType.REMOTE_LINK) != (make.remote() != null)) {
            throw refused("make", make.name() + " (a prefix is for remote links)", FsError.INVALID);
        }
        long size = switch (make.type()) {
            case SYMLINK -> target(make).size();
            case DIRECTORY -> Inode.DIRECTORY_SIZE;
            case REGULAR, FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, SOCKET, REMOTE_LINK -> 0;
        };
        return new Attributes(
                file,
                make.type(),
                make.mode() & 07777,
                make.type() == FileType.DIRECTORY ? 2 : 1,
                make.uid(),
                make.gid(),
                make.device(),
                size,
                make.type() == FileType.DIRECTORY ? Inode.DIRECTORY_SIZE : 0,
                make.at(),
                make.at(),
                make.at(),
                make.at(),
                0,
                make.type() == FileType.DIRECTORY && make.defaults() != null,
                make.acl(),
                make.remote());
    }

    static Outcome remove(Change change, Command.Remove remove) throws FsException {
        Inode directory = change.directory(remove.directory());
        Entry entry = change.entry(remove.directory(), remove.name());
        if (entry == null) {
            throw refused("remove", remove.name(), FsError.NOT_FOUND);
        }
        boolean isDirectory = entry.type() == FileType.DIRECTORY;
        if (remove.wantDirectory() && !isDirectory) {
            throw refused("remove", remove.name(), FsError.NOT_DIRECTORY);
        }
        if (!remove.wantDirectory() && isDirectory) {
            throw refused("remove", remove.name(), FsError.IS_DIRECTORY);
        }
        Attributes last = unlink(change, entry, remove.at(), remove.keepOrphan());
        change.deleteEntry(remove.directory(), remove.name());
        Inode parent = change.put(directory.withEntries(-1, isDirectory ? -1 : 0, remove.at()));
        return new Outcome(last, parent.attributes(), null, null);
    }

    /**
     * Takes one link from the file of an entry, and the file away if that was the last; NOT_EMPTY for a directory with
     * entries.
     */
    static Attributes unlink(Change change, Entry entry, FileTime at, boolean keepOrphan) throws FsException {
        Inode inode = change.inode(entry.file());
        if (inode.entries() > 0) {
            throw refused("remove", entry.name(), FsError.NOT_EMPTY);
        }
        int links = inode.attributes().isDirectory() ? 0 : inode.attributes().links() - 1;
        Inode after = inode.withLinks(links, at);
        if (links > 0) {
            change.put(after);
        } else if (keepOrphan) {
            change.put(after);
            change.put(Table.ORPHANS, Keys.ofLong(entry.file().inode()), Keys.NOTHING);
        } else {
            change.free(inode);
        }
        return after.attributes();
    }

    static Outcome link(Change change, Command.Link link) throws FsException {
        Inode directory = change.directory(link.directory());
        Inode file = change.inode(link.file());
        Attributes a = file.attributes();
        if (a.isDirectory() || a.type() == FileType.REMOTE_LINK) {
            throw refused("link", link.file(), FsError.NOT_PERMITTED);
        }
        if (change.entry(link.directory(), link.name()) != null) {
            throw refused("link", link.name(), FsError.EXISTS);
        }
        if (a.links() == 0) {
            byte[] key = Keys.ofLong(link.file().inode());
            byte[] orphan = change.get(Table.ORPHANS, key);
            if (!Arrays.equals(orphan, LINKABLE)) {
                throw refused("link", link.file(), FsError.NOT_FOUND);
            }
            change.delete(Table.ORPHANS, key);
        }
        if (a.links() >= LINKS_MAX) {
            throw refused("link", link.file(), FsError.TOO_MANY_LINKS);
        }
        Inode after = change.put(file.withLinks(a.links() + 1, link.at()));
        change.putEntry(link.directory(), link.name(), link.file(), a.type());
        Inode parent = change.put(directory.withEntries(1, 0, link.at()));
        return new Outcome(after.attributes(), parent.attributes(), null, null);
    }

    static Outcome deleteOrphan(Change change, Command.DeleteOrphan delete) throws FsException {
        Inode inode = change.inode(delete.file());
        if (inode.attributes().links() == 0) {
            change.free(inode);
        }
        return new Outcome(inode.attributes(), null, null, null);
    }

    static FsException refused(String operation, @Nullable Object subject, FsError error) {
        return new FsException(operation, String.valueOf(subject), error);
    }
}
