package sprite.client.file;

import sprite.consistency.OpenSeq;

/**
 * What has to be known of a file for requests that this client's life before had not answered. Confined to the lock of
 * the file.
 */
final class Former {
    /** Bytes of the file in the cache, when that life ended. */
    final long size;

    /** The server may count handles that were closed, or think that something is dirty. */
    boolean unsure;

    /** Truncations were under way, and have not been asked for again. */
    int changes;

    /**
     * A server may have made a truncation of which nothing is known here when it is told what is open. What was written
     * before has perhaps to go, so that is not told of.
     */
    boolean still;

    /** The answer that told what was open: the server did not count what it had decided before, unless it was told. */
    OpenSeq reopened = OpenSeq.NONE;

    Former(long size, boolean unsure) {
        this.size = size;
        this.unsure = unsure;
    }
}
