package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.GetAttributes;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;

/** Streams that are cut, refused or misused, and sessions that outlive them. */
@Timeout(30)
class SessionTest {
    @TempDir
    Path directory;

    private TestServer server;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(directory, 1);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private static ClientFrame.Builder attributesOf(FileId file) {
        return ClientFrame.newBuilder()
                .setGetAttributes(GetAttributes.newBuilder().setFile(Wire.toWire(file)));
    }

    @Test
    void aClientOfAnotherProtocolIsRefused() throws Exception {
        try (TestClient client = new TestClient(server.port(), 5)) {
            assertEquals(
                    "PROTOCOL_MISMATCH",
                    client.hello(Protocol.VERSION + 1).getError().getCode());
            assertEquals("", client.ended());
        }
    }

    @Test
    void aRepeatedCreateIsAnsweredAndNotRepeatedAfterACutConnection() throws Exception {
        try (TestClient client = TestClient.of(server.port(), 5)) {
            ClientFrame.Builder create = TestClient.create(client.root(), "f", 0644, 0);
            ServerFrame first = client.call(create);
            client.cut();
            assertTrue(client.hello(Protocol.VERSION).getWelcome().getResumed());
            ServerFrame again = client.ask(create, client.lastSeq()).get();
            assertEquals(first.getOpen().getAttributes(), again.getOpen().getAttributes());
            assertTrue(again.getOpen().getCreated());
        }
    }

    @Test
    void aCreateIsNotRepeatedInANewLifeOfTheServer() throws Exception {
        TestClient client = TestClient.of(server.port(), 5);
        ClientFrame.Builder create = TestClient.create(client.root(), "f", 0644, 0);
        ServerFrame first = client.call(create);
        long before = client.welcome().getSessionEpoch();
        client.close();
        server.close();
        server = new TestServer(directory, 2);
        try (TestClient later = new TestClient(server.port(), 5)) {
            later.openStream();
            later.resumes(1, before);
            later.recovered();
            ServerFrame again = later.ask(create, 1).get();
            assertEquals(
                    first.getOpen().getAttributes().getFile(),
                    again.getOpen().getAttributes().getFile());
            assertTrue(again.getOpen().getCreated());
            assertTrue(again.getOpen().getOpenSeq().getCounter() > 0, "the open itself is new");
        }
    }

    @Test
    void aCreateThatIsSaidAgainTakesBackWhatOthersWereGrantedOfItsFile() throws Exception {
        TestClient client = TestClient.of(server.port(), 5);
        ClientFrame.Builder create = TestClient.create(client.root(), "f", 0644, 0);
        FileId file = Wire.fileId(client.call(create).getOpen().getAttributes().getFile());
        long before = client.welcome().getSessionEpoch();
        client.close();
        server.close();
        server = new TestServer(directory, 2);
        try (TestClient other = TestClient.of(server.port(), 6);
                TestClient later = new TestClient(server.port(), 5)) {
            later.openStream();
            later.resumes(1, before);
            later.recovered();
            assertTrue(
                    other.call(TestClient.getAttributes(file)).getAttributes().getGranted());
            var again = later.ask(create, 1);
            Callback revocation = other.callback();
            assertTrue(revocation.getRevokeAttributes());
            other.done(revocation, AttributeReport.getDefaultInstance(), "");
            assertTrue(again.get(10, TimeUnit.SECONDS).getOpen().getCreated());
        }
    }

    @Test
    void anOpenThatHasEmptiedAFileDoesNotEmptyItAgainInANewLifeOfTheServer() throws Exception {
        TestClient client = TestClient.of(server.port(), 5);
        FileId file = Wire.fileId(client.created("f").getAttributes().getFile());
        client.close(file, true, false, AttributeReport.getDefaultInstance());
        ClientFrame.Builder emptying = TestClient.open(file, true);
        emptying.getOpenBuilder().setTruncate(true);
        assertTrue(client.call(emptying).hasOpen());
        long before = client.welcome().getSessionEpoch();
        client.close();
        server.close();
        server = new TestServer(directory, 2);
        try (TestClient other = TestClient.of(server.port(), 6);
                TestClient later = new TestClient(server.port(), 5)) {
            later.openStream();
            later.resumes(1, before);
            later.recovered();
            assertTrue(other.call(TestClient.open(file, true)).hasOpen());
            other.write(file, 0, ByteString.copyFromUtf8("new"), false);
            var again = later.ask(emptying, client.lastSeq());
            Callback recall = other.callback();
            while (!recall.getWriteBack()) {
                recall = other.callback(); // the first takes its attributes
            }
            other.done(recall, AttributeReport.getDefaultInstance(), "");
            assertEquals(3, again.get().getOpen().getAttributes().getSize());
        }
    }

    @Test
    void writesPastTheCacheAreNotRepeatedInANewLifeOfTheServer() throws Exception {
        TestClient client = TestClient.of(server.port(), 5);
        FileId file = Wire.fileId(client.created("f").getAttributes().getFile());
        ByteString old = ByteString.copyFromUtf8("old");
        client.write(TestClient.writing(file, 0, old).setNumber(1));
        long appendedAt = client.write(
                        TestClient.writing(file, 0, old).setAppend(true).setNumber(2))
                .getOffset();
        long before = client.welcome().getSessionEpoch();
        client.close();
        server.close();
        server = new TestServer(directory, 2);
        try (TestClient later = new TestClient(server.port(), 5)) {
            later.openStream();
            later.resumes(1, before);
            later.call(ClientFrame.newBuilder()
                    .setReopen(Reopen.newBuilder()
                            .setFile(Wire.toWire(file))
                            .setReaders(1)
                            .setWriters(1)));
            later.recovered();
            ByteString fresh = ByteString.copyFromUtf8("new");
            later.write(TestClient.writing(file, 0, fresh).setNumber(3));
            later.write(TestClient.writing(file, 0, old).setNumber(1));
            assertEquals(fresh, later.read(file, 0, 3));
            assertEquals(
                    appendedAt,
                    later.write(TestClient.writing(file, 0, old).setAppend(true).setNumber(2))
                            .getOffset());
            assertEquals(fresh.concat(old), later.read(file, 0, 100), "appended once");
            later.write(TestClient.writing(file, 3, old).setNumber(2).setOnlyIfDone(true));
            var undone = TestClient.writing(file, 0, old).setNumber(4).setOnlyIfDone(true);
            assertThrows(StatusRuntimeException.class, () -> later.write(undone));
            assertEquals(fresh.concat(old), later.read(file, 0, 100), "its lock is lost");
        }
    }

    @Test
    void callbacksAreRepeatedOnTheNextStream() throws Exception {
        try (TestClient a = TestClient.of(server.port(), 5);
                TestClient b = TestClient.of(server.port(), 6)) {
            FileId file = Wire.fileId(a.created("f").getAttributes().getFile());
            var opening = b.ask(TestClient.open(file, false));
            Callback recall = a.callback();
            a.cut();
            a.hello(Protocol.VERSION);
            Callback again = a.callback();
            assertEquals(recall, again);
            assertFalse(opening.isDone());
            a.done(again, AttributeReport.getDefaultInstance(), "");
            assertTrue(opening.get().hasOpen());
        }
    }

    @Test
    void aNoteTakesEffectOnceHoweverOftenItIsSaid() throws Exception {
        try (TestClient a = TestClient.of(server.port(), 5);
                TestClient b = TestClient.of(server.port(), 6)) {
            FileId file = Wire.fileId(a.created("f").getAttributes().getFile());
            assertTrue(a.call(TestClient.open(file, true)).getOpen().getCacheable());
            ClientFrame.Builder closed = ClientFrame.newBuilder()
                    .setNote(7)
                    .setClose(Close.newBuilder()
                            .setFile(Wire.toWire(file))
                            .setRead(true)
                            .setWrite(true));
            a.send(closed);
            a.isHeard(file);
            a.cut();
            assertEquals(7, a.hello(Protocol.VERSION).getWelcome().getHeardNote());
            a.send(closed);
            a.isHeard(file);
            var opening = b.ask(TestClient.open(file, false));
            a.done(a.callback(), AttributeReport.getDefaultInstance(), "");
            assertFalse(opening.get().getOpen().getCacheable(), "one of two opens for writing is left");
            a.send(closed.setNote(8));
            a.isHeard(file);
            assertTrue(b.call(TestClient.open(file, false)).getOpen().getCacheable(), "none is left");
        }
    }

    @Test
    void garbageAndOversizeHurtOnlyTheirSender() throws Exception {
        try (TestClient good = TestClient.of(server.port(), 5);
                TestClient bad = TestClient.of(server.port(), 6);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n\0\1\2garbage".getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().flush();
            bad.send(ClientFrame.newBuilder()
                    .setSeq(1)
                    .setLookup(sprite.common.wire.proto.Lookup.newBuilder()
                            .setName(ByteString.copyFrom(new byte[Protocol.MESSAGE_MAX + 1]))));
            assertFalse(bad.ended().isEmpty());
            assertTrue(good.call(attributesOf(good.root())).hasAttributes());
        }
    }

    @Test
    void nonsenseInAFrameIsAnsweredAndTheStreamGoesOn() throws Exception {
        try (TestClient client = TestClient.of(server.port(), 5)) {
            ServerFrame answer =
                    client.call(ClientFrame.newBuilder().setGetAttributes(GetAttributes.getDefaultInstance()));
            assertEquals("BAD_REQUEST", answer.getError().getCode());
            assertEquals(
                    "STALE",
                    client.call(attributesOf(new FileId(77, 1))).getError().getCode());
            assertTrue(client.call(attributesOf(client.root())).hasAttributes());
        }
    }

    @Test
    void aRequestBeforeHelloIsRefused() throws Exception {
        try (TestClient client = new TestClient(server.port(), 5)) {
            client.openStream();
            client.send(attributesOf(new FileId(1, 1)).setSeq(1));
            assertEquals("", client.ended());
        }
    }
}
