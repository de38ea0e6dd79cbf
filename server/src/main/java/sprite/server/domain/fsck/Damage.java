package sprite.server.domain.fsck;

/**
 * Something that is wrong with a domain. Immutable.
 *
 * @param kind in few words, the same for all of its kind
 * @param path as far as one is known, else empty
 * @param inode that it is about; 0 if none
 * @param sentence for people
 */
public record Damage(String kind, String path, long inode, String sentence) {
    /** The kind of a block that is not what was written: a repair does not bring that back. */
    public static final String CHECKSUM = "checksum";
}
