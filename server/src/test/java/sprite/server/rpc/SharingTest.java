package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.FileTime;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SessionStamp;
import sprite.common.wire.proto.SetAttributes;

/** Two clients on the wire: who is told what, in which order, before whom. */
@Timeout(30)
class SharingTest {
    private static final AttributeReport NOTHING = AttributeReport.getDefaultInstance();

    @TempDir
    Path directory;

    private TestServer server;
    private TestClient a;
    private TestClient b;

    @BeforeEach
    void start() throws Exception {
        server = new TestServer(directory, 1);
        a = TestClient.of(server.port(), 11);
        b = TestClient.of(server.port(), 12);
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        server.close();
    }

    private static FileId file(OpenReply reply) throws FsException {
        return Wire.fileId(reply.getAttributes().getFile());
    }

    private static AttributeReport report(long size, long seconds) {
        return AttributeReport.newBuilder()
                .setPresent(true)
                .setSize(size)
                .setModified(FileTime.newBuilder().setSeconds(seconds))
                .build();
    }

    private static ClientFrame.Builder getAttributes(FileId file) {
        return TestClient.getAttributes(file);
    }

    @Test
    void dirtyBlocksComeHomeBeforeAnotherClientOpensTheFile() throws Exception {
        OpenReply made = a.created("f");
        FileId file = file(made);
        assertTrue(made.getCacheable());
        a.close(file, true, true, report(5, 1_000));
        a.isHeard(file);
        var opening = b.ask(TestClient.open(file, false));
        Callback recall = a.callback();
        assertTrue(recall.getWriteBack());
        assertFalse(recall.getInvalidate(), "a reader lets the last writer keep its clean blocks");
        assertFalse(opening.isDone());
        a.write(file, 0, ByteString.copyFromUtf8("hello"), true);
        a.done(recall, report(5, 1_000), "");
        OpenReply opened = opening.get().getOpen();
        assertEquals("hello", opened.getData().toStringUtf8());
        assertEquals(1_000, opened.getAttributes().getModified().getSeconds());
        assertTrue(opened.getCacheable());
    }

    @Test
    void aWriteThatIsSaidAgainDoesNotUndoWhatOthersWroteMeanwhile() throws Exception {
        FileId file = file(a.created("f"));
        var opening = b.ask(TestClient.open(file, true));
        Callback call = a.callback();
        while (call.getRevokeAttributes() && !call.getInvalidate()) {
            call = a.callback();
        }
        a.done(call, NOTHING, "");
        assertFalse(opening.get().getOpen().getCacheable());
        var first = TestClient.writing(file, 0, ByteString.copyFromUtf8("old")).setNumber(1);
        assertEquals(3, a.write(first).getSize());
        b.write(file, 0, ByteString.copyFromUtf8("newer"), false);
        assertEquals(3, a.write(first).getSize(), "the answer of then");
        assertEquals("newer", b.read(file, 0, 100).toStringUtf8());
        a.write(TestClient.writing(file, 5, ByteString.copyFromUtf8("!"))
                .setNumber(2)
                .setAckedNumber(1));
        assertEquals(FsError.STALE, TestClient.refused(() -> a.write(first)), "a copy that was long on its way");
        assertEquals("newer!", b.read(file, 0, 100).toStringUtf8());
    }

    @Test
    void aWriterAndAReaderShareWithoutCaching() throws Exception {
        FileId file = file(a.created("f"));
        var opening = b.ask(TestClient.open(file, false));
        Callback recall = a.callback();
        assertTrue(recall.getWriteBack() && recall.getInvalidate());
        a.done(recall, NOTHING, "");
        assertFalse(opening.get().getOpen().getCacheable());
        a.write(file, 0, ByteString.copyFromUtf8("shared"), false);
        assertEquals("shared", b.read(file, 0, 100).toStringUtf8());
        assertEquals(FsError.STALE, TestClient.refused(() -> b.write(file, 0, ByteString.copyFromUtf8("x"), false)));
    }

    @Test
    void readersAreInvalidatedBeforeAWriterIsLetIn() throws Exception {
        FileId file = file(a.created("f"));
        a.close(file, true, false, NOTHING);
        assertTrue(a.call(TestClient.open(file, false)).getOpen().getCacheable());
        var opening = b.ask(TestClient.open(file, true));
        Callback call = a.callback();
        while (call.getRevokeAttributes() && !call.getInvalidate()) {
            call = a.callback();
        }
        assertTrue(call.getInvalidate());
        assertFalse(opening.isDone());
        a.done(call, NOTHING, "");
        assertFalse(opening.get().getOpen().getCacheable());
    }

    @Test
    void anOpenIsRefusedIfTheLastWritersDataDoesNotFit() throws Exception {
        FileId file = file(a.created("f"));
        a.close(file, true, true, report(5, 1_000));
        a.isHeard(file);
        var opening = b.ask(TestClient.open(file, false));
        a.done(a.callback(), NOTHING, "NO_SPACE");
        assertEquals("NO_SPACE", opening.get().getError().getCode());
    }

    @Test
    void aLookThatWasGrantedIsTakenBackBeforeTheNameChanges() throws Exception {
        b.obeysRevocations = false;
        FileId root = a.root();
        ServerFrame absent = b.call(TestClient.lookup(root, "f", 0));
        assertFalse(absent.getLookup().getFound());
        assertTrue(absent.getLookup().getNamesGranted());
        var creating = a.ask(TestClient.create(root, "f", 0644, 0));
        Callback revoked = b.callback();
        assertTrue(revoked.getRevokeNames() && revoked.getRevokeAttributes());
        assertFalse(creating.isDone());
        ServerFrame meanwhile = b.call(TestClient.lookup(root, "f", 0));
        assertFalse(meanwhile.getLookup().getNamesGranted(), "nobody is granted what is about to change");
        b.done(revoked, NOTHING, "");
        OpenReply made = creating.get().getOpen();
        assertTrue(made.getCreated());
        a.close(file(made), true, false, NOTHING);
        a.isHeard(file(made)); // so that the server asks nobody
        assertTrue(b.call(TestClient.lookup(root, "f", 0)).getLookup().getFound());
    }

    @Test
    void theWriterIsAskedForTheAttributesItOwns() throws Exception {
        FileId file = file(a.created("f"));
        var asking = b.ask(getAttributes(file));
        Callback ask = a.callback();
        assertTrue(ask.getReportAttributes());
        a.done(ask, report(42, 7), "");
        var reply = asking.get().getAttributes();
        assertEquals(42, reply.getAttributes().getSize());
        assertFalse(reply.getGranted());
    }

    @Test
    void aFileWithoutANameStaysUntilItsLastClose() throws Exception {
        FileId file = file(a.created("f"));
        a.write(file, 0, ByteString.copyFromUtf8("still here"), true);
        ServerFrame removed = b.call(ClientFrame.newBuilder()
                .setRemove(
                        Remove.newBuilder().setDirectory(Wire.toWire(a.root())).setName(ByteString.copyFromUtf8("f"))));
        assertEquals(0, removed.getChange().getEntry().getLinks());
        assertEquals("still here", a.read(file, 0, 100).toStringUtf8());
        a.close(file, true, false, NOTHING);
        long end = System.nanoTime() + 5_000_000_000L;
        while (!server.domain().orphans().isEmpty()) {
            assertTrue(System.nanoTime() < end, "the file was never freed");
            Thread.onSpinWait();
        }
    }

    @Test
    void theLastWriterNeedNotWriteWhatNobodyCanRead() throws Exception {
        FileId file = file(a.created("f"));
        a.close(file, true, true, report(5, 1_000));
        a.isHeard(file);
        b.call(ClientFrame.newBuilder()
                .setRemove(
                        Remove.newBuilder().setDirectory(Wire.toWire(a.root())).setName(ByteString.copyFromUtf8("f"))));
        Callback call = a.callback();
        while (!call.getDelete()) {
            call = a.callback();
        }
        assertEquals(file, Wire.fileId(call.getFile()));
        assertEquals(FsError.STALE, TestClient.refused(() -> a.write(file, 0, ByteString.copyFromUtf8("late"), true)));
    }

    @Test
    void aSilentClientLosesWhatItHeldAndIsRefusedAfterwards() throws Exception {
        FileId file = file(a.created("f"));
        var opening = b.ask(TestClient.open(file, false));
        a.callback();
        server.pass(6);
        b.call(getAttributes(b.root()));
        server.pass(6);
        server.server().buryTheSilent();
        assertTrue(opening.get().getOpen().getCacheable());
        assertEquals(FsError.STALE, TestClient.refused(() -> a.write(file, 0, ByteString.copyFromUtf8("late"), true)));
        theOtherGoesOn(file);
        assertFalse(a.hello(Protocol.VERSION).getWelcome().getResumed());
    }

    private void theOtherGoesOn(FileId file) throws Exception {
        assertTrue(b.call(TestClient.open(file, true)).getOpen().getCacheable());
        ByteString data = ByteString.copyFromUtf8("goes on");
        b.write(file, 0, data, true);
        assertEquals(data, b.read(file, 0, 100));
        assertTrue(b.call(getAttributes(b.root())).hasAttributes());
    }

    @Test
    void whatIsSaidInAnEpochOfThePastIsRefusedAndLeavesTheFileAlone() throws Exception {
        FileId file = file(a.created("f"));
        ByteString data = ByteString.copyFromUtf8("data");
        a.write(file, 0, data, true);
        a.close(file, true, false, NOTHING);
        a.isHeard(file);
        assertTrue(a.call(TestClient.open(file, true)).hasOpen());
        long now = a.welcome().getServerEpoch();
        long session = a.welcome().getSessionEpoch();
        ByteString late = ByteString.copyFromUtf8("late");
        List<SessionStamp> past = List.of(
                a.stamp().toBuilder().setServerEpoch(now - 1).build(), // a former life of the server
                a.stamp().toBuilder().setServerEpoch(now + 1).build(), // one that has not begun
                a.stamp().toBuilder().setSessionEpoch(session - 1).build(), // a former session
                a.stamp().toBuilder()
                        .setSessionEpoch(b.welcome().getSessionEpoch())
                        .build(), // another's
                a.stamp().toBuilder().setClient(77).build()); // of a client that nobody knows
        for (SessionStamp stamp : past) {
            for (boolean writeBack : new boolean[] {true, false}) {
                var write = TestClient.writing(file, 0, late).setWriteBack(writeBack);
                assertEquals(FsError.STALE, TestClient.refused(() -> a.write(write, stamp)), stamp + "");
            }
            assertEquals(FsError.STALE, TestClient.refused(() -> a.read(file, stamp)), stamp + "");
        }
        assertEquals(data, a.read(file, 0, 100), "in the epoch of now");
        a.close(file, true, false, NOTHING);
        a.isHeard(file);
        theOtherGoesOn(file);
    }

    @Test
    void aHelloThatNamesAnEpochOfThePastBeginsAnew() throws Exception {
        FileId file = file(a.created("f"));
        long now = a.welcome().getServerEpoch();
        long session = a.welcome().getSessionEpoch();
        for (long[] named : new long[][] {{now - 1, session}, {now, session - 1}, {now + 1, session + 1}}) {
            a.cut();
            a.openStream();
            a.resumes(named[0], named[1]);
            assertFalse(a.welcome().getResumed());
            assertTrue(a.welcome().getSessionEpoch() > session, "one that was never used");
        }
        assertEquals(FsError.STALE, TestClient.refused(() -> a.write(file, 0, ByteString.copyFromUtf8("x"), true)));
        theOtherGoesOn(file);
    }

    @Test
    void aTruncationIsAnsweredAfterTheReadersAreInvalidated() throws Exception {
        FileId file = file(a.created("f"));
        a.write(file, 0, ByteString.copyFromUtf8("contents"), true);
        a.close(file, true, false, NOTHING);
        assertTrue(a.call(TestClient.open(file, false)).getOpen().getCacheable());
        var truncating = b.ask(ClientFrame.newBuilder()
                .setSetAttributes(SetAttributes.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setSetSize(true)
                        .setSize(3)));
        Callback call = a.callback();
        while (!call.getInvalidate()) {
            call = a.callback();
        }
        assertFalse(truncating.isDone());
        a.done(call, NOTHING, "");
        assertEquals(3, truncating.get().getAttributes().getAttributes().getSize());
        assertEquals("con", b.read(file, 0, 100).toStringUtf8());
    }
}
