package sprite.common.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.InputStream;

/**
 * Messages that carry file data, read off the wire with one copy: into an array of their own, which the message's byte
 * strings then share. gRPC's own marshaller copies twice. Immutable.
 */
public final class DataMarshaller<T extends Message> implements Marshaller<T> {
    private final T example;
    private final Marshaller<T> standard;

    /** For messages of the type of {@code example}. */
    public DataMarshaller(T example) {
        this.example = example;
        this.standard = ProtoUtils.marshaller(example);
    }

    @Override
    public InputStream stream(T message) {
        return standard.stream(message);
    }

    @Override
    @SuppressWarnings("unchecked") // the parser is that of T
    public T parse(InputStream stream) {
        try {
            byte[] bytes = new byte[stream.available()];
            int read = stream.readNBytes(bytes, 0, bytes.length);
            if (read < bytes.length || stream.read() >= 0) {
                throw new IOException("a message of another length than announced");
            }
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            in.enableAliasing(true);
            return (T) example.getParserForType().parseFrom(in);
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("not a message that carries data")
                    .withCause(e)
                    .asRuntimeException();
        }
    }
}
