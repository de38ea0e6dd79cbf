package sprite.server.domain.fsck;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.server.domain.DomainException;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Table;

/** Checks a domain that no server uses. Pure functions, but for the disk. */
public final class Fsck {
    /** A repair may show what was hidden behind the damage; this often is enough for all of it. */
    private static final int PASSES_MAX = 8;

    private Fsck() {}

    private static List<Check> checks() {
        return List.of(
                new NamesCheck(),
                new TreeCheck(),
                new LinksCheck(),
                new DataCheck(),
                new ChecksumsCheck(),
                new XattrsCheck(),
                new CountersCheck());
    }

    /** Looks, and changes nothing. A DomainException says why the domain cannot be looked at. */
    public static Report check(Path directory) throws DomainException {
        try (Offline domain = Offline.open(directory, Offline.Mode.READ)) {
            Findings found = new Findings();
            Survey survey = look(domain, found);
            return new Report(domain.title(), survey.inodes.size(), found.damages, found.notes, found.damages);
        } catch (FsException | IOException e) {
            throw unreadable(directory, e);
        }
    }

    /** Looks, sets right what is wrong, and looks again. */
    public static Report repair(Path directory) throws DomainException {
        try (Offline domain = Offline.open(directory, Offline.Mode.WRITE)) {
            Findings first = new Findings();
            Survey survey = look(domain, first);
            long files = survey.inodes.size();
            Findings left = first;
            for (int pass = 0; pass < PASSES_MAX && !left.repairs.isEmpty(); pass++) {
                Repairs with = new Repairs(domain, lastNumber(survey));
                for (Repair repair : left.repairs) {
                    repair.run(with);
                }
                domain.sync();
                left = new Findings();
                survey = look(domain, left);
            }
            return new Report(domain.title(), files, first.damages, first.notes, left.damages);
        } catch (FsException | IOException e) {
            throw unreadable(directory, e);
        }
    }

    private static Survey look(Offline domain, Findings findings) throws FsException, IOException {
        Survey survey = Survey.of(domain, findings);
        for (Check check : checks()) {
            check.run(survey, findings);
        }
        return survey;
    }

    /** The highest number that was ever used; of names without inodes only where nothing better tells. */
    private static long lastNumber(Survey survey) throws FsException, IOException {
        long last = FileId.ROOT_INODE;
        byte[] limit = survey.domain.get(Table.INFO, Keys.INODE_LIMIT);
        if (limit != null && limit.length == Long.BYTES) {
            last = Math.max(last, Keys.toLong(limit));
        } else {
            for (long number : survey.namesOf.keySet()) {
                last = Math.max(last, number);
            }
        }
        if (!survey.inodes.isEmpty()) {
            last = Math.max(last, survey.inodes.lastKey());
        }
        return Math.min(last, FileId.INODE_MAX - 1_000_000);
    }

    private static DomainException unreadable(Path directory, Exception e) {
        return new DomainException(
                "cannot read all of the domain in " + directory + ": " + DomainException.reason(e)
                        + "; if the disk is sound, restore it from a backup",
                e);
    }
}
