package sprite.server.domain.store;

import static sprite.server.domain.store.NameCommands.refused;

import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;
import sprite.server.domain.Outcome;

/** Rename, by renameat2(2). Confined to the {@link Change} it works on. */
final class RenameCommand {
    private final Change change;
    private final Command.Rename rename;

    RenameCommand(Change change, Command.Rename rename) {
        this.change = change;
        this.rename = rename;
    }

    Outcome run() throws FsException {
        FileId from = rename.fromDirectory();
        FileId to = rename.toDirectory();
        if (rename.exchange() && rename.noReplace()) {
            throw refused("rename", rename.fromName() + " (exchange without replacing)", FsError.INVALID);
        }
        change.directory(from);
        change.directory(to);
        Entry source = change.entry(from, rename.fromName());
        if (source == null) {
            throw refused("rename", rename.fromName(), FsError.NOT_FOUND);
        }
        Entry target = change.entry(to, rename.toName());
        if (target == null && rename.exchange()) {
            throw refused("rename", rename.toName(), FsError.NOT_FOUND);
        }
        if (target != null && rename.noReplace()) {
            throw refused("rename", rename.toName(), FsError.EXISTS);
        }
        refuseLoop(source, to);
        if (target != null && rename.exchange()) {
            refuseLoop(target, from);
        }
        if (target != null && target.file().equals(source.file())) {
            return new Outcome(change.inode(source.file()).attributes(), null, null, null);
        }
        return rename.exchange() && target != null ? exchange(source, target) : move(source, target);
    }

    /** INVALID if the moved directory contains {@code destination}, or is it. */
    private void refuseLoop(Entry moved, FileId destination) throws FsException {
        if (moved.type() != FileType.DIRECTORY) {
            return;
        }
        FileId at = destination;
        while (!at.equals(moved.file())) {
            if (at.inode() == FileId.ROOT_INODE) {
                return;
            }
            at = new FileId(at.domain(), change.inode(at).parent());
        }
        throw refused("rename", moved.name() + " (into itself)", FsError.INVALID);
    }

    private Outcome move(Entry source, @Nullable Entry target) throws FsException {
        boolean isDirectory = source.type() == FileType.DIRECTORY;
        Attributes replaced = null;
        int linksLost = 0;
        if (target != null) {
            boolean overDirectory = target.type() == FileType.DIRECTORY;
            if (isDirectory && !overDirectory) {
                throw refused("rename", rename.toName(), FsError.NOT_DIRECTORY);
            }
            if (!isDirectory && overDirectory) {
                throw refused("rename", rename.toName(), FsError.IS_DIRECTORY);
            }
            replaced = NameCommands.unlink(change, target, rename.at(), rename.keepOrphan());
            linksLost = overDirectory ? 1 : 0;
        }
        change.deleteEntry(rename.fromDirectory(), rename.fromName());
        change.putEntry(rename.toDirectory(), rename.toName(), source.file(), source.type());
        int moves = isDirectory ? 1 : 0;
        enter(rename.fromDirectory(), -1, -moves);
        enter(rename.toDirectory(), target == null ? 1 : 0, moves - linksLost);
        return outcome(place(source, rename.toDirectory()), replaced);
    }

    private Outcome exchange(Entry source, Entry target) throws FsException {
        change.putEntry(rename.fromDirectory(), rename.fromName(), target.file(), target.type());
        change.putEntry(rename.toDirectory(), rename.toName(), source.file(), source.type());
        int moves = (source.type() == FileType.DIRECTORY ? 1 : 0) - (target.type() == FileType.DIRECTORY ? 1 : 0);
        enter(rename.fromDirectory(), 0, -moves);
        enter(rename.toDirectory(), 0, moves);
        Attributes replaced = place(target, rename.fromDirectory());
        return outcome(place(source, rename.toDirectory()), replaced);
    }

    /** Notes in a directory that names went or came. */
    private void enter(FileId directory, int more, int moreLinks) throws FsException {
        Inode before = change.inode(directory);
        if (moreLinks > 0 && before.attributes().links() + moreLinks > NameCommands.LINKS_MAX) {
            throw refused("rename", rename.toName(), FsError.TOO_MANY_LINKS);
        }
        change.put(before.withEntries(more, moreLinks, rename.at()));
    }

    /** Notes in a file that it lies in another directory now. */
    private Attributes place(Entry entry, FileId directory) throws FsException {
        FileTime at = rename.at();
        Inode moved = change.inode(entry.file()).withChanged(at);
        return change.put(entry.type() == FileType.DIRECTORY ? moved.withParent(directory.inode()) : moved)
                .attributes();
    }

    private Outcome outcome(Attributes moved, @Nullable Attributes replaced) throws FsException {
        Attributes directory = change.inode(rename.fromDirectory()).attributes();
        Attributes toDirectory = rename.toDirectory().equals(rename.fromDirectory())
                ? null
                : change.inode(rename.toDirectory()).attributes();
        return new Outcome(moved, directory, toDirectory, replaced);
    }
}
