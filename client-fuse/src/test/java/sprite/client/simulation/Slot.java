package sprite.client.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** What fills a slot of a file: a value as bytes that tell whether they are whole. Pure functions. */
final class Slot {
    static final int BYTES = 24;

    private Slot() {}

    static byte[] of(long value) {
        return ByteBuffer.allocate(BYTES)
                .putLong(value)
                .putLong(value * 31 + 7)
                .putLong(~value)
                .array();
    }

    /** The value of a record, which must be whole. */
    static long value(byte[] record, int from) {
        if (record.length - from < BYTES) {
            throw new AssertionError("a record of " + (record.length - from) + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(record, from, BYTES);
        long value = bytes.getLong();
        long second = bytes.getLong();
        if (second != value * 31 + 7 || bytes.getLong() != ~value) {
            throw new AssertionError("a torn record: begins as " + Register.show(value));
        }
        return value;
    }

    /** Whether there is a record, and it is whole. */
    static boolean isWhole(byte[] record) {
        return record.length >= BYTES
                && Arrays.mismatch(record, 0, BYTES, of(ByteBuffer.wrap(record).getLong()), 0, BYTES) < 0;
    }
}
