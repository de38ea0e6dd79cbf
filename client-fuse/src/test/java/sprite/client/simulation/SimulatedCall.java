package sprite.client.simulation;

import io.grpc.Attributes;
import io.grpc.ClientCall;
import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One call, both ends of it. Messages are bytes on the way, made when they are sent, as on a real wire. Confined to the
 * world's carrier.
 */
final class SimulatedCall<Q, R> {
    private final Connection connection;
    private final MethodDescriptor<Q, R> method;
    private final Connection.Lane up = new Connection.Lane();
    private final Connection.Lane down = new Connection.Lane();
    private final Connection.Lane aside = new Connection.Lane();
    private final ClientEnd client = new ClientEnd();
    private ClientCall.@Nullable Listener<R> answers;
    private ServerCall.@Nullable Listener<?> requests;
    private boolean over;
    private boolean serverOver;

    SimulatedCall(Connection connection, MethodDescriptor<Q, R> method) {
        this.connection = connection;
        this.method = method;
    }

    ClientCall<Q, R> client() {
        return client;
    }

    /** What is really said when somebody means to say something. */
    @SuppressWarnings("unchecked") // a bug alters what a message says, not what it is
    private <M> M said(M meant) {
        return (M) Bug.said(connection.network().bug(), meant);
    }

    private Connection.Lane laneOf(Object answer) {
        Bug bug = connection.network().bug();
        return bug != null && bug.overtakes(answer) ? aside : down;
    }

    /** Bytes of a message as gRPC hands them over: in a buffer that is somebody else's again once it is closed. */
    private static final class Bytes extends ByteArrayInputStream implements KnownLength, HasByteBuffer, Detachable {
        private static final byte NOT_A_MESSAGE = (byte) 0xDD;

        Bytes(byte[] bytes) {
            super(bytes);
        }

        @Override
        public boolean byteBufferSupported() {
            return true;
        }

        @Override
        public ByteBuffer getByteBuffer() {
            return ByteBuffer.wrap(buf, pos, count - pos).asReadOnlyBuffer();
        }

        @Override
        public InputStream detach() {
            return this;
        }

        @Override
        public void close() {
            Arrays.fill(buf, NOT_A_MESSAGE);
        }
    }

    private static byte[] bytes(InputStream stream) {
        try (stream) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class ClientEnd extends ClientCall<Q, R> {
        @Override
        public void start(ClientCall.Listener<R> listener, Metadata headers) {
            answers = listener;
            connection.begin(SimulatedCall.this);
            ServerMethodDefinition<?, ?> served = connection.method(method.getFullMethodName());
            if (served == null) {
                throw new IllegalStateException("nobody serves " + method);
            }
            connection.toServer(up, () -> serve(served));
        }

        @Override
        public void request(int messages) {}

        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            connection.toServer(up, SimulatedCall.this::cancelAtServer);
            failAtClient(Status.CANCELLED.withDescription(message), new Metadata());
        }

        @Override
        public void halfClose() {
            connection.toServer(up, () -> {
                ServerCall.Listener<?> to = requests;
                if (to != null && !serverOver) {
                    to.onHalfClose();
                }
            });
        }

        @Override
        public void sendMessage(Q meant) {
            Bug bug = connection.network().bug();
            if (over || (bug != null && bug.swallows(meant))) {
                return;
            }
            Q message = said(meant);
            byte[] bytes = bytes(method.streamRequest(message));
            connection.network().sent(connection.clientNode(), connection.serverNode(), message);
            connection.toServer(up, () -> receive(bytes));
        }
    }

    private <A, B> void serve(ServerMethodDefinition<A, B> served) {
        ServerEnd<A, B> end = new ServerEnd<>(served.getMethodDescriptor());
        ServerCall.Listener<A> listener = served.getServerCallHandler().startCall(end, new Metadata());
        end.listener = listener;
        requests = listener;
        listener.onReady();
    }

    private void receive(byte[] bytes) {
        ServerEnd<?, ?> end = serverEnd;
        if (end != null && !serverOver) {
            end.receive(bytes);
        }
    }

    private @Nullable ServerEnd<?, ?> serverEnd;

    private final class ServerEnd<A, B> extends ServerCall<A, B> {
        private final MethodDescriptor<A, B> served;
        private ServerCall.@Nullable Listener<A> listener;

        ServerEnd(MethodDescriptor<A, B> served) {
            this.served = served;
            serverEnd = this;
        }

        void receive(byte[] bytes) {
            A message = served.parseRequest(new Bytes(bytes));
            connection.network().received(connection.serverNode(), connection.clientNode(), message);
            ServerCall.Listener<A> to = listener;
            if (to != null) {
                to.onMessage(message);
            }
        }

        @Override
        public void request(int messages) {}

        @Override
        public void sendHeaders(Metadata headers) {}

        @Override
        public void sendMessage(B meant) {
            if (serverOver) {
                return;
            }
            B message = said(meant);
            byte[] bytes = bytes(served.streamResponse(message));
            connection.network().sent(connection.serverNode(), connection.clientNode(), message);
            connection.toClient(laneOf(message), () -> {
                ClientCall.Listener<R> to = answers;
                if (to != null && !over) {
                    R answer = method.parseResponse(new Bytes(bytes));
                    connection.network().received(connection.clientNode(), connection.serverNode(), answer);
                    to.onMessage(answer);
                }
            });
        }

        @Override
        public void close(Status status, Metadata trailers) {
            if (serverOver) {
                return;
            }
            serverOver = true;
            connection.toClient(down, () -> failAtClient(status, trailers));
            ServerCall.Listener<A> to = listener;
            if (to != null) {
                to.onComplete();
            }
        }

        @Override
        public boolean isCancelled() {
            return serverOver;
        }

        @Override
        public MethodDescriptor<A, B> getMethodDescriptor() {
            return served;
        }

        @Override
        public Attributes getAttributes() {
            return Attributes.EMPTY;
        }
    }

    /** It is over for the client: the answer's end, or a failure. */
    void failAtClient(Status status, Metadata trailers) {
        ClientCall.Listener<R> to = answers;
        if (!over && to != null) {
            over = true;
            connection.ended(this);
            to.onClose(status, trailers);
        }
    }

    /** It is over for the server, which was not done. */
    void cancelAtServer() {
        ServerCall.Listener<?> to = requests;
        if (!serverOver && to != null) {
            serverOver = true;
            to.onCancel();
        }
    }
}
