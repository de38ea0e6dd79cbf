package sprite.common.name;

/**
 * A file for ever: the number of its domain, unique within the name space, and its inode number, unique within the
 * domain and never reused. Ordered by domain, then inode. Immutable.
 *
 * @param domain 1 to 2<sup>19</sup>-1
 * @param inode 1 to 2<sup>44</sup>-1
 */
public record FileId(int domain, long inode) implements Comparable<FileId> {
    /** Largest domain number: with the inode bits, an {@code st_ino} stays positive as a signed 64-bit number. */
    public static final int DOMAIN_MAX = (1 << 19) - 1;

    /** Number of bits of an inode number. */
    public static final int INODE_BITS = 44;

    /** Largest inode number. */
    public static final long INODE_MAX = (1L << INODE_BITS) - 1;

    /** The inode number of every domain's root directory. */
    public static final long ROOT_INODE = 1;

    public FileId {
        if (domain < 1 || domain > DOMAIN_MAX) {
            throw new IllegalArgumentException("domain number out of range: " + domain);
        }
        if (inode < 1 || inode > INODE_MAX) {
            throw new IllegalArgumentException("inode number out of range: " + inode);
        }
    }

    /** The {@code st_ino} that programs see: the same on every host and after remounts, unique in the name space. */
    public long statInode() {
        return ((long) domain << INODE_BITS) | inode;
    }

    @Override
    public int compareTo(FileId other) {
        int byDomain = Integer.compare(domain, other.domain);
        return byDomain != 0 ? byDomain : Long.compare(inode, other.inode);
    }

    @Override
    public String toString() {
        return domain + ":" + inode;
    }
}
