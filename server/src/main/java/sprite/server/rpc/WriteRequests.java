package sprite.server.rpc;

import com.google.protobuf.CodedInputStream;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import sprite.common.wire.proto.WriteRequest;

/** Reads a Write off the wire without copying its data a second time: the message keeps the array it was read into. */
enum WriteRequests implements MethodDescriptor.Marshaller<WriteRequest> {
    MARSHALLER;

    @Override
    public InputStream stream(WriteRequest value) {
        return new ByteArrayInputStream(value.toByteArray());
    }

    @Override
    public WriteRequest parse(InputStream stream) {
        try {
            byte[] bytes = stream.readAllBytes();
            CodedInputStream in = CodedInputStream.newInstance(bytes);
            in.enableAliasing(true);
            return WriteRequest.parseFrom(in);
        } catch (IOException e) {
            throw Status.INTERNAL
                    .withDescription("not a WriteRequest")
                    .withCause(e)
                    .asRuntimeException();
        }
    }
}
