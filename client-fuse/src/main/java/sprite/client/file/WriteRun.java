package sprite.client.file;

import com.google.protobuf.ByteString;
import java.util.List;
import sprite.client.cache.Block;

/**
 * Consecutive bytes on their way to the server: a copy, so that the blocks may be written meanwhile. Immutable.
 *
 * @param offset of the first byte in the file
 */
record WriteRun(long offset, ByteString data, List<Block> blocks) {
    WriteRun {
        blocks = List.copyOf(blocks);
    }
}
