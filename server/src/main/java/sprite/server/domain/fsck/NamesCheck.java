package sprite.server.domain.fsck;

import java.util.List;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.server.domain.fsck.Survey.Name;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/** Every name stands for an inode of its type, and lies in a directory; there is a root. Pure function. */
final class NamesCheck implements Check {
    @Override
    public void run(Survey survey, Findings findings) {
        checkRoot(survey, findings);
        for (long directory : survey.names.keySet()) {
            checkPlace(survey, findings, directory);
        }
        for (List<Name> names : survey.names.values()) {
            for (Name name : names) {
                check(survey, findings, name);
            }
        }
    }

    private static void checkRoot(Survey survey, Findings findings) {
        Inode root = survey.inodes.get(FileId.ROOT_INODE);
        if (root == null) {
            findings.damage(
                    "no root",
                    "/",
                    FileId.ROOT_INODE,
                    "the root directory has no inode; it gets a new one",
                    with -> with.makeInode(FileId.ROOT_INODE, FileType.DIRECTORY, FileId.ROOT_INODE, Storage.NONE, 0));
        }
    }

    /** That what has entries is a directory. */
    private static void checkPlace(Survey survey, Findings findings, long directory) {
        Inode inode = survey.inodes.get(directory);
        List<Name> names = survey.namesIn(directory);
        if (inode == null && directory != FileId.ROOT_INODE) {
            // A number of garbage must not use up all below it.
            if (directory > survey.lastUsed) {
                findings.damage(
                        "entries of nothing",
                        "(inode " + directory + ")",
                        directory,
                        "there are " + names.size() + " entries of a directory " + directory
                                + ", a number that was never used; what they name moves to lost+found",
                        with -> disband(survey, names, with));
                return;
            }
            findings.damage(
                    "entries of nothing",
                    survey.path(directory),
                    directory,
                    "there are " + names.size() + " entries of a directory " + directory
                            + " that has no inode; it gets a new one",
                    with -> {
                        with.makeInode(directory, FileType.DIRECTORY, FileId.ROOT_INODE, Storage.NONE, 0);
                        if (survey.namesOf(directory).isEmpty()) {
                            with.adopt(directory);
                        }
                    });
        } else if (inode != null && !inode.attributes().isDirectory()) {
            findings.damage(
                    "entries of a file",
                    survey.path(directory),
                    directory,
                    "inode " + directory + " is no directory and has " + names.size()
                            + " entries; what they name moves to lost+found",
                    with -> disband(survey, names, with));
        }
    }

    /** Takes entries away; what has no other name gets one in lost+found. */
    private static void disband(Survey survey, List<Name> names, Repairs with) throws FsException {
        for (Name name : names) {
            with.delete(Table.ENTRIES, name.key());
            if (survey.namesOf(name.inode()).size() == 1) {
                with.adopt(name.inode());
            }
        }
    }

    private static void check(Survey survey, Findings findings, Name name) {
        Inode inode = survey.inodes.get(name.inode());
        if (inode == null) {
            if (!survey.names.containsKey(name.inode()) && name.inode() != FileId.ROOT_INODE) {
                findings.damage(
                        "name without inode",
                        survey.path(name),
                        name.inode(),
                        "the name " + survey.path(name) + " stands for inode " + name.inode()
                                + ", which does not exist; the name goes",
                        with -> with.delete(Table.ENTRIES, name.key()));
            }
            return;
        }
        byte type = InodeCodec.code(inode.attributes().type());
        if (name.type() != type) {
            findings.damage(
                    "type of a name",
                    survey.path(name),
                    name.inode(),
                    "the name " + survey.path(name) + " says another type than its inode " + name.inode() + ", a "
                            + inode.attributes().type() + "; the inode is right",
                    with -> with.retype(name.key(), name.inode(), type));
        }
    }
}
