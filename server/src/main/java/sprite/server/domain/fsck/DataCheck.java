package sprite.server.domain.fsck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import sprite.common.error.FsException;
import sprite.common.file.FileType;
import sprite.server.domain.data.DataFiles;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Storage;
import sprite.server.domain.store.Table;

/**
 * Data is where the inode says, and not longer; no data belongs to nobody. Files marked as unsettled are left to the
 * next start, and so is data without an inode after a crash of the machine, unless there is other damage: then the
 * inode may be what was damaged. So this check comes after those of inodes and names. Pure function.
 */
final class DataCheck implements Check {
    @Override
    public void run(Survey survey, Findings findings) throws FsException, IOException {
        Set<Long> inline = new HashSet<>();
        survey.domain.scan(Table.INLINE, (key, value) -> {
            if (key.length == Long.BYTES) {
                inline.add(Keys.toLong(key));
                checkInline(survey, findings, Keys.toLong(key), value.clone());
            }
        });
        for (Map.Entry<Long, Inode> entry : survey.inodes.entrySet()) {
            checkStorage(survey, findings, entry.getKey(), entry.getValue(), inline);
        }
        checkStrays(survey, findings);
        noteLost(survey, findings);
    }

    private static void checkInline(Survey survey, Findings findings, long number, byte[] value) {
        Inode inode = survey.inodes.get(number);
        boolean wanted = inode != null
                && (inode.storage() == Storage.INLINE || inode.attributes().type() == FileType.SYMLINK);
        if (inode == null || !wanted) {
            findings.damage(
                    "small data of nothing",
                    survey.path(number),
                    number,
                    "there are " + value.length + " bytes of data in the metadata for inode " + number + ", which "
                            + (inode == null ? "does not exist" : "has its data elsewhere")
                            + "; they go to lost+found",
                    with -> {
                        with.keepData("data-of-" + number, value);
                        with.delete(Table.INLINE, Keys.ofLong(number));
                    });
            return;
        }
        long size = inode.attributes().size();
        boolean link = inode.attributes().type() == FileType.SYMLINK;
        if (link ? value.length != size : value.length > size) {
            findings.damage(
                    "size",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") has the size " + size + " and " + value.length
                            + " bytes of data"
                            + (link ? "; the data is right" : "; what is too much goes to lost+found"),
                    with -> {
                        if (link) {
                            with.edit(number, now -> now.withData(value.length, 0, null));
                        } else {
                            with.keepData("data-of-" + number, value);
                            with.put(Table.INLINE, Keys.ofLong(number), Arrays.copyOf(value, (int) size));
                        }
                    });
        }
    }

    private static void checkStorage(Survey survey, Findings findings, long number, Inode inode, Set<Long> inline)
            throws IOException {
        long size = inode.attributes().size();
        boolean link = inode.attributes().type() == FileType.SYMLINK;
        if ((inode.storage() == Storage.INLINE || link) && !inline.contains(number)) {
            findings.damage(
                    "no data",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") has lost its " + size + " bytes of data; "
                            + (link ? "it points to 'lost' now" : "it reads as zeros"),
                    with -> {
                        if (link) {
                            with.put(Table.INLINE, Keys.ofLong(number), new byte[] {'l', 'o', 's', 't'});
                            with.edit(number, now -> now.withData(4, 0, null));
                        } else {
                            with.put(Table.INLINE, Keys.ofLong(number), new byte[0]);
                        }
                    });
        }
        if (inode.storage() != Storage.FILE || survey.unsettled.contains(number)) {
            return;
        }
        Path file = DataFiles.pathOf(survey.domain.data(), number);
        if (!Files.exists(file)) {
            findings.damage(
                    "no data",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") has lost its data file with " + size
                            + " bytes; it reads as zeros",
                    with -> with.makeDataFile(number));
        } else if (Files.size(file) > size) {
            findings.damage(
                    "size",
                    survey.path(number),
                    number,
                    survey.path(number) + " (inode " + number + ") has the size " + size + " and a data file of "
                            + Files.size(file) + " bytes; what is too much goes to lost+found",
                    with -> with.cutDataFile("data-of-" + number + "-from-" + size, number, size));
        }
    }

    private static void checkStrays(Survey survey, Findings findings) throws FsException, IOException {
        boolean crashed = survey.domain.isLeftByACrash();
        boolean sound = findings.damages.isEmpty();
        long[] leftOver = new long[1];
        DataFiles.forEach(survey.domain.data(), number -> {
            Inode owner = survey.inodes.get(number);
            boolean marked = survey.unsettled.contains(number);
            if (owner != null && owner.storage() == Storage.FILE) {
                return;
            }
            if ((marked || crashed) && (sound || owner != null)) {
                leftOver[0] += marked ? 0 : 1;
                return;
            }
            findings.damage(
                    "data file without inode",
                    survey.path(number),
                    number,
                    "there is a data file for inode " + number + ", which "
                            + (owner == null ? "does not exist" : "has its data elsewhere")
                            + "; it moves to lost+found",
                    with -> with.keepDataFile("data-of-" + number, number));
        });
        if (leftOver[0] > 0) {
            findings.note(
                    leftOver[0] + " data files of files that were not committed when the machine stopped; the next"
                            + " start of the server moves them to "
                            + survey.domain.data().resolve(DataFiles.LOST) + ": no damage");
        }
    }

    /** Tells of what former starts put aside. */
    private static void noteLost(Survey survey, Findings findings) throws IOException {
        Path lost = survey.domain.data().resolve(DataFiles.LOST);
        if (!Files.isDirectory(lost)) {
            return;
        }
        try (Stream<Path> list = Files.list(lost)) {
            long count = list.count();
            if (count > 0) {
                findings.note(lost + " has " + count + " data files that belonged to nobody when the server started"
                        + " after the machine had stopped; delete them if nothing is missed: no damage");
            }
        }
    }
}
