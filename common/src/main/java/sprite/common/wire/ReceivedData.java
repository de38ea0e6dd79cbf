package sprite.common.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import sprite.common.wire.proto.ReadReply;

/**
 * A {@link ReadReply} as it lies in the network's buffers: its bytes are copied once, by whoever uses them. gRPC's own
 * marshaller would first copy them into an array.
 *
 * <p>Confined to one thread at a time. Must be closed, after which the bytes are the network's again.
 */
public final class ReceivedData implements AutoCloseable {
    private static final int DATA_TAG =
            ReadReply.DATA_FIELD_NUMBER << 3 | 2; // length-delimited, see protobuf's encoding

    private final InputStream owner;
    private final ByteString data;

    private ReceivedData(InputStream owner, ByteString data) {
        this.owner = owner;
        this.data = data;
    }

    /** The bytes, to be used before {@link #close}. */
    public ByteString data() {
        return data;
    }

    @Override
    public void close() {
        try {
            owner.close();
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be given back", e);
        }
    }

    /** Reads them off the wire; what it makes of an answer is its receiver's to close. */
    public static Marshaller<ReceivedData> marshaller() {
        return new Unmarshaller();
    }

    private static ReceivedData parse(InputStream stream) throws IOException {
        int tag = stream.read();
        if (tag < 0) {
            return new ReceivedData(stream, ByteString.EMPTY);
        }
        int length = readLength(stream);
        if (tag != DATA_TAG || length != stream.available()) {
            throw new IOException("a ReadReply has one field, its data");
        }
        if (!(stream instanceof HasByteBuffer buffers) || !buffers.byteBufferSupported() || !stream.markSupported()) {
            return new ReceivedData(stream, UnsafeByteOperations.unsafeWrap(stream.readNBytes(length)));
        }
        stream.mark(length); // so that buffers passed over stay alive until the stream is closed
        ByteString data = ByteString.EMPTY;
        int left = length;
        while (left > 0) {
            ByteBuffer piece = buffers.getByteBuffer();
            if (piece == null || !piece.hasRemaining()) {
                throw new IOException("data ends early");
            }
            ByteBuffer wanted = piece.slice(piece.position(), Math.min(left, piece.remaining()));
            data = data.concat(UnsafeByteOperations.unsafeWrap(wanted));
            stream.skipNBytes(wanted.remaining());
            left -= wanted.remaining();
        }
        return new ReceivedData(stream, data);
    }

    /** A varint of at most 32 bits, see protobuf's encoding. */
    private static int readLength(InputStream stream) throws IOException {
        int value = 0;
        for (int shift = 0; shift < 32; shift += 7) {
            int next = stream.read();
            value |= (next & 0x7F) << shift;
            if (next < 0 || (next & 0x80) == 0) {
                return next < 0 ? -1 : value;
            }
        }
        return -1;
    }

    private static final class Unmarshaller implements Marshaller<ReceivedData> {
        @Override
        public InputStream stream(ReceivedData value) {
            throw new UnsupportedOperationException("data is received here, not sent");
        }

        @Override
        public ReceivedData parse(InputStream stream) {
            InputStream kept = stream instanceof Detachable borrowed ? borrowed.detach() : stream;
            try {
                return ReceivedData.parse(kept);
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("not a message that carries data")
                        .withCause(e)
                        .asRuntimeException();
            }
        }
    }
}
