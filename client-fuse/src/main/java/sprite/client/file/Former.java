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

    /** Truncations were under way. What was written before them may have to go, so it is not told of. */
    int changes;

    /**
     * So many truncations has the server carried out that are not here yet: nothing that was written before them may
     * get home, even if it is recalled.
     */
    int cut;

    /** The answer that told what was open: the server did not count what it had decided before, unless it was told. */
    OpenSeq reopened = OpenSeq.NONE;

    Former(long size, boolean unsure) {
        this.size = size;
        this.unsure = unsure;
    }
}
