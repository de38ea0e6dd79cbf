package sprite.server.status;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sprite.server.domain.Space;

/**
 * One moment of a server. Rendered as JSON with these very names, which are those of a mount's status where they mean
 * the same. Immutable.
 *
 * @param pid of the server's process
 * @param uptimeSeconds since it began to serve
 * @param listen HOST:PORT that it listens on
 * @param openFiles files that some client has open
 * @param writeShared files that nobody caches, because one client writes them and another has them open
 */
public record ServerStatus(
        long pid,
        String version,
        long uptimeSeconds,
        String listen,
        List<Export> prefixes,
        List<Client> clients,
        int openFiles,
        Files writeShared,
        Cache cache,
        Wire wire,
        Commits commits,
        Locks locks) {

    /**
     * A domain that is exported. Immutable.
     *
     * @param directory in which it is stored; absolute
     * @param space null if the disk does not tell
     */
    public record Export(
            String prefix,
            int number,
            String uuid,
            String directory,
            @Nullable Space space) {}

    /**
     * A client that lives. Immutable.
     *
     * @param id as in the log
     * @param name host and mount point
     * @param sinceSeconds its session lasts
     * @param leaseMillis left of its lease; negative within the time allowed for clocks that differ
     * @param openFiles that it has open, or may have dirty blocks of
     * @param grants of names and attributes that it holds
     */
    public record Client(String id, String name, long sinceSeconds, long leaseMillis, int openFiles, int grants) {}

    /**
     * Some files. Immutable.
     *
     * @param files their ids, domain number and inode number, at most 1,000
     */
    public record Files(int count, List<String> files) {}

    /**
     * The block cache. Immutable.
     *
     * @param limit bytes that it may use
     * @param used bytes in use
     * @param hits blocks that were found
     * @param misses blocks that had to be read from disk
     */
    public record Cache(long limit, long used, long hits, long misses) {}

    /**
     * Traffic with clients since the start, both the ordered streams and the calls beside them. Immutable.
     *
     * @param callbacks of any kind, as sent
     * @param recalls those of them that asked for dirty blocks
     */
    public record Wire(
            long messagesSent,
            long messagesReceived,
            long bytesSent,
            long bytesReceived,
            long callbacks,
            long recalls) {}

    /**
     * What was brought to the disk since the start. Immutable.
     *
     * @param ofAll times that everything was committed
     * @param ofFiles times that one file was: for fsync, or because blocks of it were to be dropped
     * @param handOvers times that one file was, and its next writer waited for it
     * @param uncommittedFiles that were written back to and are not known to be on the disk
     */
    public record Commits(long ofAll, long ofFiles, long handOvers, int uncommittedFiles) {}

    /**
     * Locks of programs. Immutable.
     *
     * @param held ranges and whole files
     * @param waiting requests that wait
     */
    public record Locks(int held, int waiting) {}
}
