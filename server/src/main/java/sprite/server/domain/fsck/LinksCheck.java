package sprite.server.domain.fsck;

import java.util.Map;
import sprite.common.name.FileId;
import sprite.server.domain.fsck.Survey.Name;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Table;

/** Counts of links and entries are right; what has no name is open somewhere, and marked so. Pure function. */
final class LinksCheck implements Check {
    @Override
    public void run(Survey survey, Findings findings) {
        for (Map.Entry<Long, Inode> entry : survey.inodes.entrySet()) {
            long number = entry.getKey();
            Inode inode = entry.getValue();
            if (survey.namesOf(number).isEmpty() && number != FileId.ROOT_INODE) {
                checkNameless(survey, findings, number, inode);
            } else {
                checkLinks(survey, findings, number, inode);
            }
            checkEntries(survey, findings, number, inode);
            if (inode.attributes().version() < 0) {
                findings.damage(
                        "version",
                        survey.path(number),
                        number,
                        survey.path(number) + " (inode " + number + ") has the version "
                                + inode.attributes().version() + "; it becomes 0",
                        with -> with.edit(number, now -> now.withVersion(0)));
            }
        }
        for (long number : survey.orphans) {
            if (!survey.inodes.containsKey(number) || !survey.namesOf(number).isEmpty()) {
                findings.damage(
                        "mark of an orphan",
                        survey.path(number),
                        number,
                        "inode " + number + " is marked as a file without a name, and "
                                + (survey.inodes.containsKey(number)
                                        ? "has the name " + survey.path(number)
                                        : "does not exist"),
                        with -> with.delete(Table.ORPHANS, Keys.ofLong(number)));
            }
        }
    }

    private static void checkNameless(Survey survey, Findings findings, long number, Inode inode) {
        if (survey.orphans.contains(number)) {
            findings.note("inode " + number + " has no name and is kept for a program that has it open: no damage");
            int links = inode.attributes().links();
            if (links != 0) {
                findings.damage(
                        "link count",
                        "(inode " + number + ")",
                        number,
                        "inode " + number + " has no name and counts " + links + " links",
                        with -> with.edit(number, now -> with.withLinks(now, 0)));
            }
            return;
        }
        findings.damage(
                "inode without name",
                "(inode " + number + ")",
                number,
                "inode " + number + ", a " + inode.attributes().type() + " of "
                        + inode.attributes().size()
                        + " bytes, has no name and is not kept as open; it moves to lost+found",
                with -> with.adopt(number));
    }

    private static void checkLinks(Survey survey, Findings findings, long number, Inode inode) {
        boolean directory = inode.attributes().isDirectory();
        int links = directory
                ? 2 + directories(survey, number)
                : survey.namesOf(number).size();
        if (inode.attributes().links() != links) {
            findings.damage(
                    "link count",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") counts "
                            + inode.attributes().links() + " links and has " + links,
                    with -> with.edit(number, now -> with.withLinks(now, links)));
        }
    }

    private static int directories(Survey survey, long directory) {
        byte type = InodeCodec.code(sprite.common.file.FileType.DIRECTORY);
        int count = 0;
        for (Name name : survey.namesIn(directory)) {
            Inode inode = survey.inodes.get(name.inode());
            if (inode == null ? name.type() == type : inode.attributes().isDirectory()) {
                count++;
            }
        }
        return count;
    }

    private static void checkEntries(Survey survey, Findings findings, long number, Inode inode) {
        long entries = inode.attributes().isDirectory() ? survey.namesIn(number).size() : 0;
        if (inode.entries() != entries) {
            findings.damage(
                    "entry count",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") counts " + inode.entries() + " entries and has "
                            + entries,
                    with -> with.edit(number, now -> now.withEntryCount(entries)));
        }
    }
}
