package sprite.server.domain.fsck;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sprite.common.name.FileId;
import sprite.server.domain.fsck.Survey.Name;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.Table;

/**
 * Directories are a tree: each has one name, knows the directory that it is in, and is under the root. Pure function.
 */
final class TreeCheck implements Check {
    @Override
    public void run(Survey survey, Findings findings) {
        Set<Long> reached = reach(survey);
        for (Map.Entry<Long, Inode> entry : survey.inodes.entrySet()) {
            if (entry.getValue().attributes().isDirectory()) {
                check(survey, findings, entry.getKey(), entry.getValue(), reached);
            }
        }
    }

    /** The directories under the root. */
    private static Set<Long> reach(Survey survey) {
        Set<Long> reached = new HashSet<>();
        Deque<Long> next = new ArrayDeque<>();
        next.add(FileId.ROOT_INODE);
        while (!next.isEmpty()) {
            long directory = next.remove();
            if (reached.add(directory)) {
                for (Name name : survey.namesIn(directory)) {
                    Inode inode = survey.inodes.get(name.inode());
                    if (inode != null && inode.attributes().isDirectory()) {
                        next.add(name.inode());
                    }
                }
            }
        }
        return reached;
    }

    private static void check(Survey survey, Findings findings, long number, Inode inode, Set<Long> reached) {
        List<Name> names = survey.namesOf(number);
        if (number == FileId.ROOT_INODE) {
            checkParent(survey, findings, number, inode, FileId.ROOT_INODE);
        } else if (!names.isEmpty()) {
            Name kept = names.stream()
                    .filter(name -> reached.contains(name.directory()))
                    .findFirst()
                    .orElse(names.getFirst());
            for (Name name : names) {
                if (!name.equals(kept)) {
                    findings.damage(
                            "second name of a directory",
                            survey.path(name),
                            number,
                            "directory " + number + " has the names " + survey.path(kept) + " and " + survey.path(name)
                                    + "; the second goes",
                            with -> with.delete(Table.ENTRIES, name.key()));
                }
            }
            if (!reached.contains(number) && isFirstOfLoop(survey, number)) {
                findings.damage(
                        "loop",
                        "(inode " + number + ")",
                        number,
                        "directory " + number + " contains itself, and the root does not lead there; it moves to"
                                + " lost+found",
                        with -> {
                            with.delete(Table.ENTRIES, kept.key());
                            with.adopt(number);
                        });
            } else {
                checkParent(survey, findings, number, inode, kept.directory());
            }
        }
    }

    /** Whether a directory is in a loop, and has the lowest number there. */
    private static boolean isFirstOfLoop(Survey survey, long number) {
        Set<Long> seen = new HashSet<>();
        long at = number;
        while (seen.add(at)) {
            List<Name> names = survey.namesOf(at);
            if (names.isEmpty()) {
                return false;
            }
            at = names.getFirst().directory();
            if (at < number) {
                return false;
            }
        }
        return at == number;
    }

    private static void checkParent(Survey survey, Findings findings, long number, Inode inode, long parent) {
        if (inode.parent() != parent) {
            findings.damage(
                    "parent",
                    survey.path(number),
                    number,
                    "directory " + survey.path(number) + " (inode " + number + ") takes inode " + inode.parent()
                            + " for its parent, which is " + parent,
                    with -> with.edit(number, now -> now.withParent(parent)));
        }
    }
}
