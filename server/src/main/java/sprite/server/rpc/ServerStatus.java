package sprite.server.rpc;

import java.time.Instant;
import java.util.List;

/**
 * What the server is doing at one moment. Immutable.
 *
 * @param recalls how often a client was asked to write back or to drop what it cached
 * @param callbacks of every kind
 * @param grants ever given
 */
public record ServerStatus(
        String server,
        long epoch,
        List<Client> clients,
        int openFiles,
        int writeShared,
        Wire wire,
        long callbacks,
        long recalls,
        long grants) {

    /**
     * One session. Immutable.
     *
     * @param leaseMillis what is left of its lease; negative within the time allowed for clocks that differ
     * @param opens files that it has open or may have dirty blocks of
     * @param grants that it holds
     */
    public record Client(String name, String id, Instant since, long leaseMillis, int opens, int grants) {}

    /** Messages and bytes of contents each way, on streams and in data calls. Immutable. */
    public record Wire(long messagesIn, long messagesOut, long bytesIn, long bytesOut) {}
}
