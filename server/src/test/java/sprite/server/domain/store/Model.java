package sprite.server.domain.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.name.FileId;

/** What a domain should contain, kept in the simplest way: objects and byte arrays. Confined to its test. */
final class Model {
    /** A file or directory. */
    static final class Node {
        final FileId id;
        final boolean directory;
        final TreeMap<String, Node> entries = new TreeMap<>();
        final TreeMap<String, byte[]> xattrs = new TreeMap<>();
        byte[] data = new byte[0];
        int names;

        @Nullable
        Node parent;

        Node(FileId id, boolean directory) {
            this.id = id;
            this.directory = directory;
        }

        int links() {
            if (!directory) {
                return names;
            }
            return 2 + (int) entries.values().stream().filter(n -> n.directory).count();
        }

        boolean isUnder(Node ancestor) {
            Node at = this;
            while (at != ancestor) {
                if (at.parent == null) {
                    return false;
                }
                at = at.parent;
            }
            return true;
        }

        void resize(int size) {
            data = Arrays.copyOf(data, size);
        }

        void write(int offset, byte[] bytes) {
            if (data.length < offset + bytes.length) {
                resize(offset + bytes.length);
            }
            System.arraycopy(bytes, 0, data, offset, bytes.length);
        }
    }

    final Node root;

    Model(FileId root) {
        this.root = new Node(root, true);
        this.root.names = 1;
    }

    /** All nodes that have a name. */
    List<Node> nodes() {
        List<Node> found = new ArrayList<>();
        collect(root, found);
        return found;
    }

    private static void collect(Node node, List<Node> found) {
        if (!found.contains(node)) {
            found.add(node);
            node.entries.values().forEach(child -> collect(child, found));
        }
    }

    static void enter(Node directory, String name, Node node) {
        directory.entries.put(name, node);
        node.names++;
        if (node.directory) {
            node.parent = directory;
        }
    }

    static void leave(Node directory, String name) {
        Node node = directory.entries.remove(name);
        if (node != null) {
            node.names--;
        }
    }

    /** Removes an entry, or says why not. */
    static @Nullable FsError remove(Node directory, String name, boolean wantDirectory) {
        Node node = directory.entries.get(name);
        if (node == null) {
            return FsError.NOT_FOUND;
        }
        if (wantDirectory != node.directory) {
            return wantDirectory ? FsError.NOT_DIRECTORY : FsError.IS_DIRECTORY;
        }
        if (!node.entries.isEmpty()) {
            return FsError.NOT_EMPTY;
        }
        leave(directory, name);
        return null;
    }

    /** Moves or exchanges entries, or says why not. */
    static @Nullable FsError rename(Node from, String name, Node to, String newName, boolean exchange) {
        Node source = from.entries.get(name);
        Node target = to.entries.get(newName);
        if (source == null || (exchange && target == null)) {
            return FsError.NOT_FOUND;
        }
        if (to.isUnder(source) || (exchange && target != null && from.isUnder(target))) {
            return FsError.INVALID;
        }
        if (source == target) {
            return null;
        }
        if (target != null && !exchange) {
            if (source.directory != target.directory) {
                return source.directory ? FsError.NOT_DIRECTORY : FsError.IS_DIRECTORY;
            }
            if (!target.entries.isEmpty()) {
                return FsError.NOT_EMPTY;
            }
        }
        leave(from, name);
        leave(to, newName);
        enter(to, newName, source);
        if (exchange && target != null) {
            enter(from, name, target);
        }
        return null;
    }
}
