package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.Goodbye;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.WriteRequest;
import sprite.server.ServerProcess;

/** What an operator reads of a client that says the same nonsense again and again. */
@Timeout(120)
class RefusedOnceTest {
    private static final int TIMES = 10;

    @TempDir
    Path directory;

    /** Something that a client says. */
    private interface Saying {
        void say() throws Exception;
    }

    private static void again(Saying saying) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            saying.say();
        }
    }

    @Test
    void aLineForEachClientAndCause() throws Exception {
        try (ServerProcess server = ServerProcess.start(directory, "--domain", "/=d", "--listen", "127.0.0.1:0")) {
            int port = Integer.parseInt(server.line().replaceAll(".* on 127\\.0\\.0\\.1:([0-9]+) .*", "$1"));
            try (TestClient good = TestClient.of(port, 5);
                    TestClient bad = TestClient.of(port, 0x66);
                    TestClient future = new TestClient(port, 0x77)) {
                FileId file = Wire.fileId(good.created("f").getAttributes().getFile());
                again(() ->
                        isRefused(bad, ClientFrame.newBuilder().setGetAttributes(GetAttributes.getDefaultInstance())));
                again(() -> isRefused(
                        bad,
                        ClientFrame.newBuilder()
                                .setReopen(Reopen.newBuilder()
                                        .setFile(Wire.toWire(file))
                                        .setVersion(-1))));
                SessionStamp past = bad.stamp().toBuilder().setServerEpoch(0).build();
                WriteRequest.Builder old = TestClient.writing(file, 0, ByteString.copyFromUtf8("x"));
                again(() -> assertEquals(FsError.STALE, TestClient.refused(() -> bad.write(old, past))));
                for (long stranger = 0x100; stranger < 0x100 + TIMES; stranger++) {
                    SessionStamp nobody = past.toBuilder().setClient(stranger).build();
                    assertEquals(FsError.STALE, TestClient.refused(() -> bad.write(old, nobody)));
                }
                isLate(port, old);
                again(() -> {
                    assertTrue(future.hello(Protocol.VERSION + 1).hasError());
                    assertEquals("", future.ended());
                });
                assertEquals(1, good.write(old.setWriteBack(true)).getSize());
                assertTrue(good.call(TestClient.getAttributes(file)).hasAttributes());
            }
            server.terminate();
            List<String> told = server.end().errors().stream()
                    .filter(line -> line.contains("refused"))
                    .toList();
            assertEquals(5, told.size(), String.join("\n", told));
            assertTold(told.get(0), "WARN", "test 102 (66.", "decode", "BAD_REQUEST");
            assertTold(told.get(1), "WARN", "test 102 (66.", "reopen", "BAD_REQUEST");
            assertTold(told.get(2), "WARN", "test 102 (66.", "which never was", "STALE");
            assertTold(told.get(3), "WARN", "client 100:", "which never was", "STALE");
            assertTold(told.get(4), "WARN", "'test 119' (77) at 127.0.0.1", "PROTOCOL_MISMATCH");
        }
    }

    /** Data that comes when its session has just ended, as after any restart: nothing to be told. */
    private static void isLate(int port, WriteRequest.Builder request) throws Exception {
        try (TestClient late = TestClient.of(port, 0x88)) {
            SessionStamp over = late.stamp();
            late.send(ClientFrame.newBuilder().setGoodbye(Goodbye.getDefaultInstance()));
            assertTrue(late.ended().contains("goodbye"));
            assertEquals(FsError.STALE, TestClient.refused(() -> late.write(request, over)));
            assertTrue(late.hello(Protocol.VERSION).hasWelcome());
            assertEquals(FsError.STALE, TestClient.refused(() -> late.write(request, over)));
        }
    }

    private static void isRefused(TestClient client, ClientFrame.Builder request) throws Exception {
        assertEquals("BAD_REQUEST", client.call(request).getError().getCode());
    }

    private static void assertTold(String line, String... mentions) {
        for (String mention : mentions) {
            assertTrue(line.contains(mention), line);
        }
    }
}
