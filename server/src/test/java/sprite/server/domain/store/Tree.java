package sprite.server.domain.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a domain should contain at one moment: directories and files under numbers of their own, the root being 0.
 * Immutable once it is handed out.
 */
final class Tree {
    static final int ROOT = 0;

    /** Of each directory, its names. */
    final Map<Integer, TreeMap<String, Integer>> directories = new TreeMap<>();

    final Map<Integer, byte[]> files = new TreeMap<>();

    /** Of each file, the value of its one extended attribute, if it has it. */
    final Map<Integer, Integer> xattrs = new HashMap<>();

    /** Sequence number of the last reply kept. */
    int replies;

    Tree() {
        directories.put(ROOT, new TreeMap<>());
    }

    /** A copy to be changed. File contents are shared, and must be replaced, not changed. */
    Tree copy() {
        Tree copy = new Tree();
        directories.forEach((number, names) -> copy.directories.put(number, new TreeMap<>(names)));
        copy.files.putAll(files);
        copy.xattrs.putAll(xattrs);
        copy.replies = replies;
        return copy;
    }

    SortedMap<String, Integer> names(int directory) {
        return java.util.Objects.requireNonNull(directories.get(directory));
    }

    /** How many names a file has; 0 for one that is only open. */
    int links(int file) {
        return directories.values().stream()
                .mapToInt(names -> (int)
                        names.values().stream().filter(number -> number == file).count())
                .sum();
    }

    /** The content of a file, or nothing. */
    byte[] content(int file) {
        return files.getOrDefault(file, new byte[0]);
    }

    /** Writes, and returns whether the file is still there. */
    void write(int file, int offset, byte[] bytes) {
        byte[] before = content(file);
        byte[] after = Arrays.copyOf(before, Math.max(before.length, offset + bytes.length));
        System.arraycopy(bytes, 0, after, offset, bytes.length);
        files.put(file, after);
    }

    void zero(int file, int offset, int length) {
        byte[] after = content(file).clone();
        Arrays.fill(after, Math.min(offset, after.length), Math.min(offset + length, after.length), (byte) 0);
        files.put(file, after);
    }

    void resize(int file, int size) {
        files.put(file, Arrays.copyOf(content(file), size));
    }

    /** Paths of everything with a name, to its number. */
    SortedMap<String, Integer> paths() {
        TreeMap<String, Integer> paths = new TreeMap<>();
        collect(ROOT, "", paths);
        return paths;
    }

    private void collect(int directory, String prefix, Map<String, Integer> into) {
        names(directory).forEach((name, number) -> {
            into.put(prefix + name, number);
            if (directories.containsKey(number)) {
                collect(number, prefix + name + "/", into);
            }
        });
    }
}
