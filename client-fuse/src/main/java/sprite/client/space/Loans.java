package sprite.client.space;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import sprite.client.fs.Borrower;
import sprite.client.name.Known;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileType;
import sprite.common.name.FileId;
import sprite.common.name.FileName;

/**
 * What the driver may remember of what this client holds under grants. Everything is lent for less than the lease lasts
 * and is called back when the grant is taken or the thing changes. Whatever is lent is noted first and looked at
 * afterwards: so a change either is seen by the look or finds the note. Thread-safe: concurrent sets.
 */
final class Loans {
    /** A loan ends so long before the lease, for answers that are slow on their last way. */
    private static final long MARGIN_NANOS = 2_500_000_000L;

    private final Set<FileId> attributes = ConcurrentHashMap.newKeySet();
    private final Set<FileId> names = ConcurrentHashMap.newKeySet();

    /** What the borrower will have forgotten soon. */
    private final Map<FileId, CompletableFuture<?>> owed = new ConcurrentHashMap<>();

    private volatile Borrower borrower = Borrower.NOBODY;

    private volatile boolean assumesLent;

    void begin(Borrower first) {
        borrower = first;
    }

    /** Whether more may be remembered than was noted here: what this client's life before lent. */
    void assumeLent(boolean assumes) {
        assumesLent = assumes;
    }

    /** Other attributes of the file are held than before, or none any more. Does not wait. */
    void attributesChanged(FileId file) {
        if (attributes.remove(file) || assumesLent) {
            owe(file, borrower.forgetAttributes(file));
        }
    }

    /** The names of the directory are not held any more. Does not wait. */
    void namesLost(FileId directory) {
        if (names.remove(directory)) {
            owe(directory, borrower.forgetNames(directory));
        }
    }

    /** Nothing may be remembered any more. Nothing may be lent meanwhile. */
    void recallAll() {
        for (FileId file : attributes) {
            attributesChanged(file);
        }
        for (FileId directory : names) {
            namesLost(directory);
        }
        CompletableFuture.allOf(owed.values().toArray(CompletableFuture[]::new)).join();
    }

    private void owe(FileId about, CompletableFuture<?> forgotten) {
        if (!forgotten.isDone()) {
            CompletableFuture<?> all = owed.merge(about, forgotten, CompletableFuture::allOf);
            var _ = all.whenComplete((_, _) -> owed.remove(about, all));
        }
    }

    /** Completes when nothing is remembered any more of what was lost of a file, its names included. */
    CompletableFuture<?> forgotten(FileId file) {
        return owed.getOrDefault(file, Borrower.FORGOTTEN);
    }

    /** For how many nanoseconds what was told may be remembered. */
    long lend(Holdings held, Attributes told) throws FsException {
        FileId file = told.file();
        long left = nanosLeft(held, file);
        if (left <= 0 || !isHeld(held, told)) {
            return 0;
        }
        attributes.add(file);
        return isHeld(held, told) ? left : 0;
    }

    private static boolean isHeld(Holdings held, Attributes told) {
        Attributes known = held.attributes().find(told.file());
        return known != null && held.files().overlay(known, 0).equals(told);
    }

    /** As {@link #lend}, that a name leads to {@code entry}, or nowhere. */
    long lend(Holdings held, FileId directory, FileName name, @Nullable FileId entry) throws FsException {
        long left = nanosLeft(held, directory);
        if (left <= 0 || !isHeld(held, directory, name, entry)) {
            return 0;
        }
        names.add(directory);
        return isHeld(held, directory, name, entry) ? left : 0;
    }

    /** A remote link leads to what another server exports, which this grant does not cover. */
    private static boolean isHeld(Holdings held, FileId directory, FileName name, @Nullable FileId entry) {
        Known known = held.names().find(directory, name);
        return switch (known) {
            case null -> false;
            case Known.Absent _ -> entry == null;
            case Known.Present there ->
                there.type() != FileType.REMOTE_LINK && there.file().equals(entry);
        };
    }

    private long nanosLeft(Holdings held, FileId file) throws FsException {
        return borrower.equals(Borrower.NOBODY) ? 0 : held.linkOf(file).leaseNanosLeft() - MARGIN_NANOS;
    }
}
