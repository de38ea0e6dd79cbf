package sprite.client.file;

/**
 * What the cache holds and did; sizes in bytes, counts since the start. Immutable.
 *
 * @param limit most memory for blocks
 * @param used memory of blocks at present
 * @param dirty memory of blocks that are dirty or on their way
 * @param uncommitted memory of blocks that were written back and may not be on a server's disk
 * @param hits reads of a block that was here
 * @param misses reads of a block that had to be fetched
 * @param readByPrograms bytes that programs read
 * @param writtenByPrograms bytes that programs wrote
 * @param readFromServers bytes fetched
 * @param writtenToServers bytes written back or written uncached
 * @param recalled bytes written back because a server asked
 * @param saved dirty bytes that never had to leave: overwritten, truncated or removed before
 */
public record FileCacheStatus(
        long limit,
        long used,
        long dirty,
        long uncommitted,
        int files,
        int openFiles,
        long hits,
        long misses,
        long readByPrograms,
        long writtenByPrograms,
        long readFromServers,
        long writtenToServers,
        long recalled,
        long saved,
        WriteBacks writeBacks) {

    /** Write messages by what caused them. Immutable. */
    public record WriteBacks(long delay, long fsync, long recall, long ahead, long space, long unmount) {}
}
