package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.Seek;

/** Two clients that share a file, on whose hosts programs may store into its pages. */
@Timeout(30)
class WritablePagesTest {
    private static final ByteString OLD = ByteString.copyFromUtf8("old");
    private static final ByteString NEW = ByteString.copyFromUtf8("new");

    @TempDir
    Path directory;

    private TestServer server;
    private TestClient a;
    private TestClient b;
    private FileId file;

    @BeforeEach
    void share() throws Exception {
        server = new TestServer(directory, 1);
        a = TestClient.of(server.port(), 11);
        b = TestClient.of(server.port(), 12);
        file = Wire.fileId(a.created("f").getAttributes().getFile());
        var opening = b.ask(TestClient.open(file, true));
        Callback call = a.callback();
        while (!call.getInvalidate()) {
            call = a.callback();
        }
        done(a, call);
        assertFalse(opening.get().getOpen().getCacheable());
        a.write(file, 0, OLD, false);
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        server.close();
    }

    private static void done(TestClient client, Callback call) {
        client.done(call, AttributeReport.getDefaultInstance(), "");
    }

    private static Callback drop(TestClient client) throws Exception {
        Callback call = client.callback();
        while (call.getDropPages() == 0) {
            call = client.callback();
        }
        return call;
    }

    private CompletableFuture<ByteString> fill(TestClient client, boolean writable, long dropped) {
        return client.reading(ReadRequest.newBuilder()
                .setFile(Wire.toWire(file))
                .setLength(3)
                .setForPages(true)
                .setPastCache(true)
                .setDropped(dropped)
                .setWritable(writable));
    }

    private CompletableFuture<ByteString> look(TestClient client) {
        return client.reading(
                ReadRequest.newBuilder().setFile(Wire.toWire(file)).setLength(3).setPastCache(true));
    }

    private void stores(TestClient client, ByteString data) {
        var _ = client.write(TestClient.writing(file, 0, data).setStored(true));
    }

    private static void isNotAnswered(CompletableFuture<?> reading) {
        assertThrows(TimeoutException.class, () -> reading.get(50, TimeUnit.MILLISECONDS));
    }

    @Test
    void areDroppedBeforeAnybodyElseReads() throws Exception {
        assertEquals(OLD, fill(a, true, 0).get());
        assertEquals(OLD, look(a).get());
        var reading = look(b);
        Callback drop = drop(a);
        isNotAnswered(reading);
        stores(a, NEW);
        done(a, drop);
        assertEquals(NEW, reading.get());
    }

    @Test
    void areDroppedBeforeAnybodyElseLooksForHoles() throws Exception {
        assertEquals(OLD, fill(a, true, 0).get());
        var seeking = b.ask(ClientFrame.newBuilder()
                .setSeek(Seek.newBuilder().setFile(Wire.toWire(file)).setHole(true)));
        Callback drop = drop(a);
        assertFalse(seeking.isDone());
        stores(a, NEW);
        done(a, drop);
        assertEquals(3, seeking.get().getSeek().getOffset());
    }

    @Test
    void replaceThoseOfAllOthers() throws Exception {
        assertEquals(OLD, fill(a, false, 0).get());
        var filling = fill(b, true, 0);
        Callback drop = drop(a);
        isNotAnswered(filling);
        done(a, drop);
        assertEquals(OLD, filling.get());
        stores(b, NEW);
        var again = fill(a, false, drop.getDropPages());
        Callback other = drop(b);
        isNotAnswered(again);
        done(b, other);
        assertEquals(NEW, again.get());
    }

    @Test
    void areGivenToOneOfTwoHoldersAfterTheOther() throws Exception {
        assertEquals(OLD, fill(a, false, 0).get());
        assertEquals(OLD, fill(b, false, 0).get());
        var one = fill(a, true, 0);
        Callback dropB = drop(b);
        var other = fill(b, true, 0);
        isNotAnswered(one);
        isNotAnswered(other);
        done(b, dropB); // it does not wait for its own read
        assertEquals(OLD, one.get());
        stores(a, NEW);
        Callback dropA = drop(a);
        done(a, dropA);
        assertEquals(NEW, other.get());
    }

    @Test
    void areBroughtBackByTheirHolderOnlyAndNeverPastTheEnd() throws Exception {
        assertThrows(StatusRuntimeException.class, () -> stores(a, NEW), "it holds none");
        assertEquals(OLD, fill(a, false, 0).get());
        assertThrows(StatusRuntimeException.class, () -> stores(a, NEW), "not to store into");
        assertEquals(OLD, fill(b, false, 0).get());
        var filling = fill(b, true, 0);
        done(a, drop(a));
        assertEquals(OLD, filling.get());
        stores(b, ByteString.copyFromUtf8("longer"));
        assertEquals(
                3,
                b.call(TestClient.getAttributes(file))
                        .getAttributes()
                        .getAttributes()
                        .getSize());
        assertEquals("lon", look(b).get().toStringUtf8());
    }
}
