package sprite.client.endtoend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import sprite.common.wire.Protocol;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Error;
import sprite.common.wire.proto.FileServerGrpc;
import sprite.common.wire.proto.Hello;
import sprite.common.wire.proto.ServerFrame;

/** What comes from peers that do not keep to the protocol harms nobody else. */
@ExtendWith(OnTwoMounts.class)
final class BadPeersTest {
    private static final int WAIT_MAX_MILLIS = 20_000;

    /** What the server says to a stream that begins with {@code first}; an Error frame also stands for a failure. */
    private static Error answerTo(TwoMounts mounts, ClientFrame first) throws Exception {
        ManagedChannel channel = Grpc.newChannelBuilder(mounts.rootServer(), InsecureChannelCredentials.create())
                .build();
        try {
            var answer = new CompletableFuture<ServerFrame>();
            var requests = FileServerGrpc.newStub(channel).session(new StreamObserver<ServerFrame>() {
                @Override
                public void onNext(ServerFrame frame) {
                    answer.complete(frame);
                }

                @Override
                public void onError(Throwable cause) {
                    var code = Status.fromThrowable(cause).getCode().name();
                    answer.complete(ServerFrame.newBuilder()
                            .setError(Error.newBuilder().setCode(code))
                            .build());
                }

                @Override
                public void onCompleted() {
                    answer.complete(ServerFrame.getDefaultInstance());
                }
            });
            requests.onNext(first);
            return answer.get(WAIT_MAX_MILLIS, TimeUnit.MILLISECONDS).getError();
        } finally {
            channel.shutdownNow();
            assertTrue(channel.awaitTermination(WAIT_MAX_MILLIS, TimeUnit.MILLISECONDS));
        }
    }

    private static ClientFrame hello(int protocol, String name) {
        return ClientFrame.newBuilder()
                .setHello(Hello.newBuilder().setProtocol(protocol).setClient(99).setName(name))
                .build();
    }

    /** Sends bytes and reads until the server hangs up. */
    private static void send(TwoMounts mounts, byte[] bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), mounts.rootPort())) {
            socket.setSoTimeout(WAIT_MAX_MILLIS);
            try {
                socket.getOutputStream().write(bytes);
                socket.getOutputStream().flush();
                var _ = socket.getInputStream().readAllBytes();
            } catch (SocketException e) {
                assertTrue(socket.isConnected()); // reset by the server: hung up as well
            }
        }
    }

    private static void bothHostsGoOn(Place here) throws Exception {
        here.python("""
                put(A + "/f", b"works")
                same(b"works", get(B + "/f"))
                """);
    }

    @Test
    void refusesAClientOfAnotherProtocolVersionAndSaysSo(Place here, TwoMounts mounts) throws Exception {
        Error refusal = answerTo(mounts, hello(999, "from the future"));
        assertEquals("PROTOCOL_MISMATCH", refusal.getCode());
        assertTrue(refusal.getDetail().contains("999"), refusal.getDetail());
        assertTrue(mounts.processes().logs().contains("version 999"));
        bothHostsGoOn(here);
    }

    @Test
    void refusesAMessageThatIsTooLong(Place here, TwoMounts mounts) throws Exception {
        String code = answerTo(mounts, hello(Protocol.VERSION, "x".repeat(2 * Protocol.MESSAGE_MAX)))
                .getCode();
        assertTrue(code.equals("RESOURCE_EXHAUSTED") || code.equals("CANCELLED"), code);
        bothHostsGoOn(here);
    }

    @Test
    void refusesAStreamThatDoesNotBeginWithHello(Place here, TwoMounts mounts) throws Exception {
        Error refusal = answerTo(mounts, ClientFrame.newBuilder().setSeq(1).build());
        assertEquals("BAD_REQUEST", refusal.getCode());
        bothHostsGoOn(here);
    }

    @Test
    void hangsUpOnGarbage(Place here, TwoMounts mounts) throws Exception {
        byte[] garbage = new byte[100_000];
        new Random(1).nextBytes(garbage);
        send(mounts, garbage);
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(preface, 0, garbage, 0, preface.length);
        send(mounts, garbage);
        bothHostsGoOn(here);
    }

    @Test
    void saysThatNobodyServesAPrefix(Place here, TwoMounts mounts) throws Exception {
        var _ = mounts.processes().spritefs("prefix", "add", "/nobody", "--server", mounts.rootServer());
        here.python("""
                nobody = os.path.dirname(A) + "/nobody"
                refused(errno.EHOSTUNREACH, os.stat, nobody)
                refused(errno.EHOSTUNREACH, os.listdir, nobody)
                assert "nobody" in os.listdir(os.path.dirname(B))
                put(PA + "/f", b"works")
                same(b"works", get(PB + "/f"))
                """);
        bothHostsGoOn(here);
    }
}
