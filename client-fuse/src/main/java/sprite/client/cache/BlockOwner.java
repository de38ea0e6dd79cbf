package sprite.client.cache;

/** Whoever has blocks: a file. */
@FunctionalInterface
public interface BlockOwner {
    /** The policy has chosen this block: frees it, unless it was put to use again. Called without any lock held. */
    void evict(Block block);

    /** Dirty bytes of it lie where they would be lost with this process. */
    default void unkept() {}

    /** The {@code st_ino} under which dirty bytes are kept for this client's next life. */
    default long number() {
        return 0;
    }
}
