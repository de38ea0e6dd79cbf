package sprite.server.domain.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import sprite.server.domain.data.DataFile;
import sprite.server.domain.data.NativeError;

/**
 * A write of which the answer is kept and the data may not be in the data file yet: its offset (8 bytes) and its bytes,
 * as the value of the file's mark in {@link Table#UNSETTLED}. Writing it twice does no harm, since nobody changes the
 * file's data until the record is gone. Pure functions, but for the file.
 */
final class Redo {
    private Redo() {}

    static byte[] of(long offset, MemorySegment bytes) {
        return ByteBuffer.allocate(Math.toIntExact(Long.BYTES + bytes.byteSize()))
                .putLong(offset)
                .put(bytes.toArray(ValueLayout.JAVA_BYTE))
                .array();
    }

    static void apply(byte[] record, DataFile data) throws NativeError {
        data.write(Keys.toLong(record), MemorySegment.ofArray(record).asSlice(Long.BYTES));
    }
}
