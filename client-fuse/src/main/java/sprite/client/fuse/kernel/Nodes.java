package sprite.client.fuse.kernel;

import org.jspecify.annotations.Nullable;
import sprite.client.fs.FileSystem;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;

/**
 * Which file a node id means: the one with that {@code st_ino}, which no other file ever has. Only the root has another
 * one, by the protocol's rule. Thread-safe: one reference, written once.
 */
final class Nodes {
    /** The root's: {@code FUSE_ROOT_ID}. */
    private static final long ROOT = 1;

    private final FileSystem files;
    private volatile @Nullable FileId root;

    Nodes(FileSystem files) {
        this.files = files;
    }

    FileId file(long node) throws FsException {
        if (node == ROOT) {
            FileId known = root;
            if (known == null) {
                known = files.root();
                root = known;
            }
            return known;
        }
        long domain = node >>> FileId.INODE_BITS;
        long inode = node & FileId.INODE_MAX;
        if (domain == 0 || domain > FileId.DOMAIN_MAX || inode == 0) {
            throw new FsException("use", "node " + node, FsError.STALE);
        }
        return new FileId((int) domain, inode);
    }

    /** Has the root's number known before the kernel asks for it. */
    void knowRoot() throws FsException {
        FileId _ = file(ROOT);
    }

    long node(FileId file) {
        return file.equals(root) ? ROOT : file.statInode();
    }
}
