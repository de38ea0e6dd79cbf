package sprite.common.wire;

/** What statfs(2) tells of a domain; counts are in blocks of {@code blockSize} bytes. Immutable. */
public record StatFs(
        long blockSize, long blocks, long blocksFree, long blocksAvailable, long files, long filesFree, int nameMax) {}
