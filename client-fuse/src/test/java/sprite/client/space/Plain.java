package sprite.client.space;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import sprite.client.fs.Caller;
import sprite.client.fs.FileSystem;
import sprite.client.fs.Handle;
import sprite.common.error.FsException;
import sprite.common.file.Credentials;

/** A client's files as arrays of bytes, and records that show whether they are whole. Immutable. */
record Plain(FileSystem client) {
    /** Root, never interrupted. */
    static final Caller CALLER = new Caller() {
        @Override
        public int uid() {
            return 0;
        }

        @Override
        public int gid() {
            return 0;
        }

        @Override
        public int pid() {
            return 1;
        }

        @Override
        public Credentials credentials() {
            return Credentials.ROOT;
        }

        @Override
        public boolean isInterrupted() {
            return false;
        }
    };

    byte[] read(Handle handle, long offset, int length) throws FsException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(Math.max(1, length));
            int got = client.read(handle, offset, into.asSlice(0, length), CALLER);
            return into.asSlice(0, got).toArray(ValueLayout.JAVA_BYTE);
        }
    }

    void write(Handle handle, long offset, byte[] bytes, boolean append) throws FsException {
        if (bytes.length == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            client.write(handle, offset, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes), append, CALLER);
        }
    }

    void close(Handle handle) throws FsException {
        close(handle, 0);
    }

    void close(Handle handle, long lockOwner) throws FsException {
        client.flush(handle, lockOwner, CALLER);
        client.release(handle);
    }

    /** A record of one value; every part of it tells the value. 0: all zeros. */
    static byte[] record(long value, int length) {
        byte[] record = new byte[length];
        ByteBuffer.wrap(record).putLong(value);
        Arrays.fill(record, 8, length, (byte) (value * 31 + (value >>> 40) * 7));
        return value == 0 ? new byte[length] : record;
    }

    /** The value of a record, which must be whole. {@code length} -1: any. */
    static long value(byte[] record, int length) {
        if (record.length < 8 || (length >= 0 && record.length != length)) {
            throw new AssertionError("a record of " + record.length + " bytes");
        }
        long value = ByteBuffer.wrap(record).getLong();
        int torn = Arrays.mismatch(record, record(value, record.length));
        if (torn >= 0) {
            throw new AssertionError("a torn record: " + (value >>> 40) + "/" + (value & 0xFF_FFFF_FFFFL)
                    + ", but byte " + torn + " of " + record.length + " is another's");
        }
        return value;
    }
}
