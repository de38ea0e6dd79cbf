package sprite.client.simulation;

import com.google.protobuf.ByteString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;

/** Carries a command out on a disk that is thrown away if the command is refused. Confined to its domain. */
final class MemoryCommands {
    private final Disk disk;

    MemoryCommands(Disk disk) {
        this.disk = disk;
    }

    Outcome apply(Command command) throws FsException {
        return switch (command) {
            case Command.Make make -> make(make);
            case Command.MakeNameless make -> makeNameless(make);
            case Command.Remove remove -> remove(remove);
            case Command.Rename rename -> rename(rename);
            case Command.Link link -> link(link);
            case Command.SetAttributes set -> set(set);
            case Command.RaiseVersion raise -> {
                MemoryFile file = disk.file(raise.file());
                yield only(
                        file.attributes().version() >= raise.version()
                                ? file
                                : put(file.withVersion(raise.version(), raise.raiser())));
            }
            case Command.Allocate allocate -> allocate(allocate);
            case Command.DeleteOrphan delete -> {
                MemoryFile file = disk.file(delete.file());
                if (file.attributes().links() == 0) {
                    disk.files.remove(delete.file().inode());
                    disk.linkable.remove(delete.file().inode());
                }
                yield only(file);
            }
            case Command.SetXattr set -> setXattr(set);
            case Command.SetAcl _ -> throw new UnsupportedOperationException("access control lists");
            case Command.RemoveXattr remove -> {
                MemoryFile file = disk.file(remove.file());
                if (!file.xattrs().containsKey(remove.name())) {
                    throw Disk.refused("remove attribute of", remove.file(), FsError.NO_ATTRIBUTE);
                }
                yield only(put(file.withXattr(remove.name(), null, remove.at())));
            }
        };
    }

    private MemoryFile put(MemoryFile file) {
        disk.put(file);
        return file;
    }

    private static Outcome only(MemoryFile file) {
        return new Outcome(file.attributes(), null, null, null);
    }

    private MemoryFile livingDirectory(FileId id) throws FsException {
        MemoryFile directory = disk.directory(id);
        if (directory.attributes().links() == 0) {
            throw Disk.refused("enter", id, FsError.NOT_FOUND);
        }
        return directory;
    }

    private Outcome make(Command.Make make) throws FsException {
        MemoryFile directory = livingDirectory(make.directory());
        if (directory.entries().containsKey(make.name())) {
            throw Disk.refused("make", make.name(), FsError.EXISTS);
        }
        ByteString target = make.target();
        boolean isDirectory = make.type() == FileType.DIRECTORY;
        if ((make.type() == FileType.SYMLINK && target == null)
                || (make.type() == FileType.REMOTE_LINK) != (make.remote() != null)) {
            throw Disk.refused("make", make.name(), FsError.INVALID);
        }
        FileId file = new FileId(disk.number, ++disk.lastInode);
        byte[] data = make.type() == FileType.SYMLINK && target != null ? target.toByteArray() : new byte[0];
        Attributes attributes = new Attributes(
                file,
                make.type(),
                make.mode() & 07777,
                isDirectory ? 2 : 1,
                make.uid(),
                make.gid(),
                make.device(),
                isDirectory ? 4096 : data.length,
                isDirectory ? 4096 : 0,
                make.at(),
                make.at(),
                make.at(),
                make.at(),
                0,
                false,
                make.acl(),
                make.remote());
        put(MemoryFile.made(attributes, make.directory(), data));
        Entry entry = new Entry(make.name(), file, make.type());
        MemoryFile parent = put(directory.withEntry(make.name(), entry, isDirectory ? 1 : 0, make.at()));
        return new Outcome(attributes, parent.attributes(), null, null);
    }

    private Outcome makeNameless(Command.MakeNameless make) throws FsException {
        var _ = livingDirectory(make.directory());
        FileId file = new FileId(disk.number, ++disk.lastInode);
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
        disk.linkable.add(file.inode());
        return only(put(MemoryFile.made(attributes, make.directory(), new byte[0])));
    }

    private Outcome remove(Command.Remove remove) throws FsException {
        MemoryFile directory = livingDirectory(remove.directory());
        Entry entry = directory.entries().get(remove.name());
        if (entry == null) {
            throw Disk.refused("remove", remove.name(), FsError.NOT_FOUND);
        }
        boolean isDirectory = entry.type() == FileType.DIRECTORY;
        if (remove.wantDirectory() != isDirectory) {
            throw Disk.refused("remove", remove.name(), isDirectory ? FsError.IS_DIRECTORY : FsError.NOT_DIRECTORY);
        }
        Attributes last = unlink(entry, remove.at(), remove.keepOrphan());
        MemoryFile parent = put(directory.withEntry(remove.name(), null, isDirectory ? -1 : 0, remove.at()));
        return new Outcome(last, parent.attributes(), null, null);
    }

    private Attributes unlink(Entry entry, FileTime at, boolean keepOrphan) throws FsException {
        MemoryFile file = disk.file(entry.file());
        if (!file.entries().isEmpty()) {
            throw Disk.refused("remove", entry.name(), FsError.NOT_EMPTY);
        }
        int links = file.attributes().isDirectory() ? 0 : file.attributes().links() - 1;
        MemoryFile after = file.withLinks(links, at);
        if (links > 0 || keepOrphan) {
            put(after);
        } else {
            disk.files.remove(entry.file().inode());
        }
        return after.attributes();
    }

    private Outcome link(Command.Link link) throws FsException {
        MemoryFile directory = livingDirectory(link.directory());
        MemoryFile file = disk.file(link.file());
        Attributes a = file.attributes();
        if (a.isDirectory() || a.type() == FileType.REMOTE_LINK) {
            throw Disk.refused("link", link.file(), FsError.NOT_PERMITTED);
        }
        if (directory.entries().containsKey(link.name())) {
            throw Disk.refused("link", link.name(), FsError.EXISTS);
        }
        if (a.links() == 0 && !disk.linkable.remove(link.file().inode())) {
            throw Disk.refused("link", link.file(), FsError.NOT_FOUND);
        }
        MemoryFile after = put(file.withLinks(a.links() + 1, link.at()));
        Entry entry = new Entry(link.name(), link.file(), a.type());
        MemoryFile parent = put(directory.withEntry(link.name(), entry, 0, link.at()));
        return new Outcome(after.attributes(), parent.attributes(), null, null);
    }

    private Outcome rename(Command.Rename rename) throws FsException {
        if (rename.exchange() && rename.noReplace()) {
            throw Disk.refused("rename", rename.fromName(), FsError.INVALID);
        }
        MemoryFile from = livingDirectory(rename.fromDirectory());
        MemoryFile to = livingDirectory(rename.toDirectory());
        Entry source = from.entries().get(rename.fromName());
        if (source == null) {
            throw Disk.refused("rename", rename.fromName(), FsError.NOT_FOUND);
        }
        Entry target = to.entries().get(rename.toName());
        if (target == null && rename.exchange()) {
            throw Disk.refused("rename", rename.toName(), FsError.NOT_FOUND);
        }
        if (target != null && rename.noReplace()) {
            throw Disk.refused("rename", rename.toName(), FsError.EXISTS);
        }
        refuseLoop(source, rename.toDirectory());
        if (target != null && rename.exchange()) {
            refuseLoop(target, rename.fromDirectory());
        }
        if (target != null && target.file().equals(source.file())) {
            return only(disk.file(source.file()));
        }
        return rename.exchange() && target != null ? exchange(rename, source, target) : move(rename, source, target);
    }

    private void refuseLoop(Entry moved, FileId destination) throws FsException {
        if (moved.type() != FileType.DIRECTORY) {
            return;
        }
        FileId at = destination;
        while (!at.equals(moved.file())) {
            if (at.inode() == FileId.ROOT_INODE) {
                return;
            }
            at = disk.directory(at).parent();
        }
        throw Disk.refused("rename", moved.name(), FsError.INVALID);
    }

    private Outcome move(Command.Rename rename, Entry source, @Nullable Entry target) throws FsException {
        boolean isDirectory = source.type() == FileType.DIRECTORY;
        Attributes replaced = null;
        int linksLost = 0;
        if (target != null) {
            boolean overDirectory = target.type() == FileType.DIRECTORY;
            if (isDirectory != overDirectory) {
                throw Disk.refused(
                        "rename", rename.toName(), isDirectory ? FsError.NOT_DIRECTORY : FsError.IS_DIRECTORY);
            }
            replaced = unlink(target, rename.at(), rename.keepOrphan());
            linksLost = overDirectory ? 1 : 0;
        }
        int moves = isDirectory ? 1 : 0;
        enter(rename.fromDirectory(), rename.fromName(), null, -moves, rename.at());
        enter(rename.toDirectory(), rename.toName(), source, moves - linksLost, rename.at());
        return outcome(rename, place(source, rename.toDirectory(), rename.at()), replaced);
    }

    private Outcome exchange(Command.Rename rename, Entry source, Entry target) throws FsException {
        int moves = (source.type() == FileType.DIRECTORY ? 1 : 0) - (target.type() == FileType.DIRECTORY ? 1 : 0);
        enter(rename.fromDirectory(), rename.fromName(), target, -moves, rename.at());
        enter(rename.toDirectory(), rename.toName(), source, moves, rename.at());
        Attributes replaced = place(target, rename.fromDirectory(), rename.at());
        return outcome(rename, place(source, rename.toDirectory(), rename.at()), replaced);
    }

    private void enter(FileId directory, FileName name, @Nullable Entry entry, int moreLinks, FileTime at)
            throws FsException {
        Entry named = entry == null ? null : new Entry(name, entry.file(), entry.type());
        put(disk.directory(directory).withEntry(name, named, moreLinks, at));
    }

    private Attributes place(Entry entry, FileId directory, FileTime at) throws FsException {
        MemoryFile file = disk.file(entry.file());
        return put(file.withLinks(file.attributes().links(), at).withParent(directory))
                .attributes();
    }

    private Outcome outcome(Command.Rename rename, Attributes moved, @Nullable Attributes replaced) throws FsException {
        Attributes directory = disk.file(rename.fromDirectory()).attributes();
        Attributes toDirectory = rename.toDirectory().equals(rename.fromDirectory())
                ? null
                : disk.file(rename.toDirectory()).attributes();
        return new Outcome(moved, directory, toDirectory, replaced);
    }

    private Outcome set(Command.SetAttributes set) throws FsException {
        Long size = set.size();
        MemoryFile file = size == null ? disk.file(set.file()) : disk.regular(set.file(), "change");
        Attributes a = file.attributes();
        Integer mode = set.mode();
        Integer uid = set.uid();
        Integer gid = set.gid();
        MemoryFile after = file.with(MemoryFile.copy(
                a,
                mode == null ? a.mode() : mode & 07777,
                a.links(),
                uid == null ? a.uid() : uid,
                gid == null ? a.gid() : gid,
                set.accessed() == null ? a.accessed() : set.accessed(),
                set.modified() == null ? a.modified() : set.modified(),
                set.changed() == null ? a.changed() : set.changed()));
        if (size != null && size < 0) {
            throw Disk.refused("truncate", set.file(), FsError.INVALID);
        }
        return only(put(size == null ? after : after.withData(after.data(), size, null)));
    }

    private Outcome allocate(Command.Allocate allocate) throws FsException {
        MemoryFile file = disk.regular(allocate.file(), "change");
        boolean zeroes = (allocate.mode() & ~1) != 0;
        byte[] data = file.data().clone();
        if (zeroes) {
            int from = (int) Math.min(allocate.offset(), data.length);
            int to = (int) Math.min(allocate.offset() + allocate.length(), data.length);
            Arrays.fill(data, from, to, (byte) 0);
        }
        long size = file.attributes().size();
        long end = (allocate.mode() & 1) != 0 ? size : Math.max(size, allocate.offset() + allocate.length());
        return only(put(file.withData(data, end, allocate.at())));
    }

    private Outcome setXattr(Command.SetXattr set) throws FsException {
        MemoryFile file = disk.file(set.file());
        boolean exists = file.xattrs().containsKey(set.name());
        if (exists && set.createOnly()) {
            throw Disk.refused("set attribute of", set.file(), FsError.EXISTS);
        }
        if (!exists && set.replaceOnly()) {
            throw Disk.refused("set attribute of", set.file(), FsError.NO_ATTRIBUTE);
        }
        return only(put(file.withXattr(set.name(), set.value().toByteArray(), set.at())));
    }
}
