package sprite.client.fuse.kernel;

import java.lang.foreign.MemorySegment;

/**
 * A worker's memory for what it answers, used again for every request. An operation fills the payload from its
 * beginning; the header is put before it when the reply is sent, so that both leave in one piece and nothing is copied.
 * Confined to the worker.
 */
final class Reply {
    /** Where the payload lies: at the beginning of a page, after room for the header. */
    private static final long PAYLOAD = 4096;

    /** Bytes of memory that one needs. */
    static final long BYTES = PAYLOAD + Negotiation.TRANSFER_MAX;

    private final MemorySegment memory;
    private final MemorySegment payload;

    Reply(MemorySegment memory) {
        this.memory = memory;
        this.payload = memory.asSlice(PAYLOAD);
    }

    /** Where the answer goes. */
    MemorySegment payload() {
        return payload;
    }

    /** The first bytes of the payload; {@code size} is at most {@link Negotiation#TRANSFER_MAX}. */
    MemorySegment payload(long size) {
        return memory.asSlice(PAYLOAD, size);
    }

    /** Puts the header before the payload. Returns where the reply begins. */
    long seal(long unique, int error, int payloadLength) {
        Out.Header.put(memory, PAYLOAD - Out.Header.BYTES, (int) Out.Header.BYTES + payloadLength, error, unique);
        return payload.address() - Out.Header.BYTES;
    }
}
