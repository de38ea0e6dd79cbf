package sprite.server.data;

import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.wire.proto.WriteReply;
import sprite.server.domain.Domain;
import sprite.server.domain.ReplyKey;
import sprite.server.session.MachineRun;

/**
 * The answers to writes past a client's cache that domains keep, for a client that lost its session and says the write
 * again in a new one. (Within a session, the session itself remembers what it has answered.) Pure functions, but for
 * what a domain holds.
 */
// See "Numbered Requests" in the design notes.
final class KeptWrites {
    private static final int BOOT_BYTES = 16;

    /**
     * What was kept. Immutable.
     *
     * @param certain whether the data must be there too; not if the machine has stopped since
     */
    record Kept(WriteReply answer, boolean certain) {}

    private KeptWrites() {}

    /** What is to be kept of an answer. */
    static byte[] toBytes(WriteReply answer) {
        UUID run = MachineRun.current();
        return ByteBuffer.allocate(BOOT_BYTES + answer.getSerializedSize())
                .putLong(run.getMostSignificantBits())
                .putLong(run.getLeastSignificantBits())
                .put(answer.toByteArray())
                .array();
    }

    /** What was kept of a client's write; null if nothing. */
    static @Nullable Kept find(Domain domain, ReplyKey write) throws FsException {
        byte[] kept = domain.keptReply(write);
        if (kept == null) {
            return null;
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(kept);
            boolean certain = new UUID(bytes.getLong(), bytes.getLong()).equals(MachineRun.current());
            return new Kept(WriteReply.parseFrom(bytes), certain);
        } catch (InvalidProtocolBufferException | java.nio.BufferUnderflowException e) {
            throw new FsException("repeat", "write " + write.seq(), FsError.CORRUPT);
        }
    }
}
