package sprite.server.domain.fsck;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.name.FileName;
import sprite.server.domain.store.Inode;
import sprite.server.domain.store.InodeCodec;
import sprite.server.domain.store.Keys;
import sprite.server.domain.store.Offline;
import sprite.server.domain.store.Table;

/**
 * Inodes and names of a domain in memory, about 500 bytes for a file; the checks look at the rest where it lies. What
 * cannot be read is damage, and is left out. Immutable after {@link #of}.
 */
final class Survey {
    private static final int DEPTH_MAX = 10_000;

    final Offline domain;
    final TreeMap<Long, Inode> inodes = new TreeMap<>();

    /** By directory. */
    final TreeMap<Long, List<Name>> names = new TreeMap<>();

    /** By what they name. */
    final Map<Long, List<Name>> namesOf = new HashMap<>();

    /** Numbers above were never used for an inode, as far as the domain's own count tells. */
    long lastUsed = FileId.ROOT_INODE;

    final Set<Long> orphans = new HashSet<>();
    final Set<Long> unsettled = new HashSet<>();

    /** An entry of a directory. */
    record Name(long directory, FileName name, long inode, byte type) {
        /** Its key in the table of entries. */
        byte[] key() {
            return Keys.entry(directory, name);
        }
    }

    private Survey(Offline domain) {
        this.domain = domain;
    }

    static Survey of(Offline domain, Findings findings) throws FsException, IOException {
        Survey survey = new Survey(domain);
        survey.readInodes(findings);
        survey.readLastUsed();
        survey.readNames(findings);
        survey.readNumbers(Table.ORPHANS, survey.orphans, findings);
        survey.readNumbers(Table.UNSETTLED, survey.unsettled, findings);
        return survey;
    }

    private void readInodes(Findings findings) throws FsException, IOException {
        domain.scan(Table.INODES, (key, value) -> {
            if (key.length != Long.BYTES || !isNumber(Keys.toLong(key))) {
                broken(findings, Table.INODES, key, value, 0, "a record of the inodes has no number");
                return;
            }
            long number = Keys.toLong(key);
            try {
                inodes.put(number, InodeCodec.decode(domain.fileId(number), value));
            } catch (FsException | RuntimeException e) {
                broken(findings, Table.INODES, key, value, number, "the record of inode " + number + " cannot be read");
            }
        });
    }

    private void readLastUsed() throws FsException {
        byte[] limit = domain.get(Table.INFO, Keys.INODE_LIMIT);
        long last = inodes.isEmpty() ? FileId.ROOT_INODE : inodes.lastKey();
        lastUsed = limit == null || limit.length != Long.BYTES ? FileId.INODE_MAX : Math.max(last, Keys.toLong(limit));
    }

    private void readNames(Findings findings) throws FsException, IOException {
        domain.scan(Table.ENTRIES, (key, value) -> {
            boolean whole = key.length > Long.BYTES && value.length == Long.BYTES + 1;
            if (!whole || !isNumber(Keys.toLong(key)) || !isNumber(Keys.toLong(value))) {
                broken(findings, Table.ENTRIES, key, value, 0, "an entry of a directory cannot be read");
                return;
            }
            Name name;
            try {
                name = new Name(Keys.toLong(key), Keys.entryName(key), Keys.toLong(value), value[Long.BYTES]);
            } catch (RuntimeException e) {
                broken(findings, Table.ENTRIES, key, value, 0, "an entry of a directory has no valid name");
                return;
            }
            names.computeIfAbsent(name.directory, _ -> new ArrayList<>()).add(name);
            namesOf.computeIfAbsent(name.inode, _ -> new ArrayList<>(1)).add(name);
        });
    }

    private static boolean isNumber(long inode) {
        return inode >= 1 && inode <= FileId.INODE_MAX;
    }

    private void readNumbers(Table table, Set<Long> into, Findings findings) throws FsException, IOException {
        domain.scan(table, (key, value) -> {
            if (key.length == Long.BYTES) {
                into.add(Keys.toLong(key));
            } else {
                broken(findings, table, key, value, 0, "a mark in the table " + table + " has no number");
            }
        });
    }

    private static void broken(Findings findings, Table table, byte[] key, byte[] value, long inode, String sentence) {
        byte[] keptKey = key.clone();
        byte[] keptValue = value.clone();
        findings.damage(
                "unreadable record",
                "",
                inode,
                sentence + " (" + value.length + " bytes); its bytes go to lost+found",
                with -> {
                    with.keepBytes("record-of-" + table + "-" + inode, keptKey, keptValue);
                    with.delete(table, keptKey);
                });
    }

    /** One path of an inode, as far as it leads, or how it is told of without. */
    String path(long inode) {
        StringBuilder path = new StringBuilder();
        long at = inode;
        for (int depth = 0; depth < DEPTH_MAX && at != FileId.ROOT_INODE; depth++) {
            Name name = firstName(at);
            if (name == null) {
                return "(inode " + at + ")" + path;
            }
            path.insert(0, "/" + name.name);
            at = name.directory;
        }
        return path.isEmpty() ? "/" : path.toString();
    }

    String path(Name name) {
        String directory = path(name.directory);
        return directory.equals("/") ? "/" + name.name : directory + "/" + name.name;
    }

    private @Nullable Name firstName(long inode) {
        List<Name> all = namesOf.get(inode);
        return all == null ? null : all.getFirst();
    }

    List<Name> namesOf(long inode) {
        return namesOf.getOrDefault(inode, List.of());
    }

    List<Name> namesIn(long directory) {
        return names.getOrDefault(directory, List.of());
    }
}
