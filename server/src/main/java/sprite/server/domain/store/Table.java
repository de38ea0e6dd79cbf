package sprite.server.domain.store;

import java.nio.charset.StandardCharsets;

/** The column families of the metadata store; {@code package-info} has their keys and values. */
public enum Table {
    INFO,
    INODES,
    ENTRIES,
    XATTRS,
    INLINE,
    CHECKSUMS,
    ORPHANS,
    UNSETTLED,
    REPLIES;

    /** The name of the column family. */
    byte[] columnFamily() {
        return name().toLowerCase(java.util.Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
    }
}
