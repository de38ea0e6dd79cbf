package sprite.server.domain.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.file.FileTime;
import sprite.common.name.FileId;
import sprite.server.domain.Command;
import sprite.server.domain.Entry;
import sprite.server.domain.ReplyKey;

/** What is found in a domain after a loss, held against what was promised. Confined to its test. */
final class Found {
    private static final int SECTOR = 512;

    private final RocksDomain domain;
    private final Promises promises;
    private final TreeMap<String, Attributes> tree = new TreeMap<>();

    Found(RocksDomain domain, Promises promises) throws FsException {
        this.domain = domain;
        this.promises = promises;
        collect(domain.root(), "");
    }

    private void collect(FileId directory, String prefix) throws FsException {
        for (Entry entry : domain.list(directory, null, 10_000)) {
            Attributes attributes = domain.attributes(entry.file());
            tree.put(prefix + entry.name(), attributes);
            if (attributes.isDirectory()) {
                collect(entry.file(), prefix + entry.name() + "/");
            }
        }
    }

    /** Fails unless all promises were kept. */
    void check() throws FsException {
        StringBuilder why = new StringBuilder();
        for (int state = promises.firstNames(); state <= promises.now(); state++) {
            Map<Integer, FileId> files = new HashMap<>();
            String difference = difference(promises.state(state), files);
            if (difference == null) {
                Set<Integer> done = new HashSet<>();
                for (Map.Entry<Integer, FileId> file : files.entrySet()) {
                    if (promises.state(state).files.containsKey(file.getKey()) && done.add(file.getKey())) {
                        checkData(file.getKey(), file.getValue());
                    }
                }
                return;
            }
            why.append("\nas of state ").append(state).append(": ").append(difference);
        }
        throw new AssertionError("no state since the last that was promised" + why);
    }

    /** How what was found differs from a state, or null; notes which file is which. */
    private @Nullable String difference(Tree state, Map<Integer, FileId> files) throws FsException {
        SortedMap<String, Integer> paths = state.paths();
        if (!paths.keySet().equals(tree.keySet())) {
            return "names " + tree.keySet() + " instead of " + paths.keySet();
        }
        for (Map.Entry<String, Integer> path : paths.entrySet()) {
            Attributes a = java.util.Objects.requireNonNull(tree.get(path.getKey()));
            int number = path.getValue();
            FileId known = files.putIfAbsent(number, a.file());
            if (known != null && !known.equals(a.file())) {
                return path.getKey() + " is another file";
            }
            boolean directory = state.directories.containsKey(number);
            if (directory != a.isDirectory()) {
                return path.getKey() + " is of another type";
            }
            if (!directory && (a.size() != state.content(number).length || a.links() != state.links(number))) {
                return path.getKey() + " has " + a.size() + " bytes and " + a.links() + " links instead of "
                        + state.content(number).length + " and " + state.links(number);
            }
            Integer xattr = state.xattrs.get(number);
            if (a.hasXattrs() != (xattr != null)
                    || (xattr != null && !Arrays.equals(value(xattr), domain.xattr(a.file(), "user.t")))) {
                return path.getKey() + " has another attribute";
            }
        }
        if (new HashSet<>(files.values()).size() != files.size()) {
            return "files that became one";
        }
        long orphans = state.files.keySet().stream()
                .filter(file -> state.links(file) == 0)
                .count();
        if (domain.orphans().size() != orphans) {
            return domain.orphans().size() + " orphans instead of " + orphans;
        }
        for (int seq = Math.max(1, state.replies - 3); seq <= state.replies + 3; seq++) {
            if ((domain.keptReply(new ReplyKey(7, 1, seq)) != null) != (seq <= state.replies)) {
                return "reply " + seq + " with replies kept up to " + state.replies;
            }
        }
        return null;
    }

    static byte[] value(int number) {
        return new byte[] {(byte) number, 1, 2, 3};
    }

    private void checkData(int number, FileId file) throws FsException {
        int size = (int) domain.attributes(file).size();
        byte[] data = read(file, 0, size);
        assertTrue(data.length == size, "file " + number + " has " + data.length + " bytes of " + size);
        for (int at = 0; at < size; at += SECTOR) {
            int end = Math.min(at + SECTOR, size);
            boolean known = isKnown(number, data, at, end);
            int from = at;
            assertTrue(
                    known,
                    () -> "file " + number + " (" + file + ", " + size + " bytes) at " + from
                            + " has what it never had since state " + promises.firstData(number) + " of "
                            + promises.now() + ": " + data[from]);
        }
    }

    /**
     * Whether a sector is as it was in one state; or up to a byte as in one and then as in another, as the server
     * writes in pieces.
     */
    private boolean isKnown(int number, byte[] data, int from, int end) {
        byte[] sector = Arrays.copyOfRange(data, from, end);
        List<byte[]> parts = new ArrayList<>();
        for (int state = promises.firstData(number); state <= promises.now(); state++) {
            byte[] content = promises.state(state).files.get(number);
            if (content != null) { // else it was not there yet, or not any more
                parts.add(part(content, from, end));
            }
        }
        int alike = 0;
        for (byte[] then : parts) {
            int differs = Arrays.mismatch(sector, then);
            if (differs < 0) {
                return true;
            }
            alike = Math.max(alike, differs);
        }
        for (byte[] then : parts) {
            if (Arrays.equals(sector, alike, sector.length, then, alike, then.length)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] part(byte[] content, int from, int end) {
        return from >= content.length ? new byte[end - from] : Arrays.copyOfRange(content, from, end);
    }

    /** Fails if something shows when a file grows. */
    void checkGrowing() throws FsException {
        for (Attributes a : tree.values()) {
            if (a.isRegular()) {
                FileTime at = new FileTime(1, 0);
                long grown = a.size() + 100_000;
                domain.apply(
                        new Command.SetAttributes(at, a.file(), null, null, null, grown, null, null, at), null, null);
                assertArrayEquals(new byte[100_000], read(a.file(), a.size(), 100_000), a.file() + " past " + a.size());
                domain.commit(a.file());
            }
        }
    }

    private byte[] read(FileId file, long offset, int bytes) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(Math.max(1, bytes)).asSlice(0, bytes);
            int count = domain.read(file, offset, into);
            return into.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
        }
    }
}
