package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.common.error.FsError;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Goodbye;
import sprite.common.wire.proto.ReadRequest;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetAttributes;

/** A server that comes back hears its former clients out before it serves anybody. */
class GraceTest {
    private static final long OLD = 5;
    private static final long OTHER = 6;
    private static final long LEASE_MAX_SECONDS =
            Protocol.LEASE.plus(Protocol.SKEW).toSeconds();

    @TempDir
    Path directory;

    private TestServer server;
    private FileId file;
    private long formerSession;
    private long epoch = 1;

    /** A former life in which client {@link #OLD} made a file and left it dirty. */
    @BeforeEach
    void aLifeBefore() throws Exception {
        try (TestServer before = new TestServer(directory, 1)) {
            TestClient a = TestClient.of(before.port(), OLD);
            file = Wire.fileId(a.created("f").getAttributes().getFile());
            a.close(file, true, true, AttributeReport.getDefaultInstance());
            a.isHeard(file);
            formerSession = a.welcome().getSessionEpoch();
            a.cut();
        }
        epoch = 2;
        server = new TestServer(directory, epoch);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private TestClient returned() throws Exception {
        TestClient a = new TestClient(server.port(), OLD);
        a.openStream();
        a.resumes(epoch - 1, formerSession);
        return a;
    }

    /** The server ends and starts again; the client is to be {@link #returned}. */
    private void endsUnder(TestClient a) throws Exception {
        formerSession = a.welcome().getSessionEpoch();
        a.cut();
        server.close();
        epoch++;
        server = new TestServer(directory, epoch);
    }

    private ClientFrame.Builder reopen() {
        return ClientFrame.newBuilder()
                .setReopen(Reopen.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setVersion(1)
                        .setCached(true)
                        .setDirty(true));
    }

    @Test
    void nobodyOpensWhatAFormerClientHasNotWrittenYet() throws Exception {
        try (TestClient b = TestClient.of(server.port(), OTHER);
                TestClient a = returned()) {
            var opening = b.ask(TestClient.open(file, false));
            assertTrue(a.call(reopen()).hasOpen());
            assertFalse(opening.isDone(), "the former client may have more to tell");
            a.recovered();
            Callback recall = a.callback();
            assertTrue(recall.getWriteBack());
            a.done(recall, AttributeReport.getDefaultInstance(), "");
            assertTrue(opening.get().hasOpen());
        }
    }

    private static CompletableFuture<ByteString> readsPastItsCache(TestClient client, FileId file, boolean writable) {
        return client.reading(ReadRequest.newBuilder()
                .setFile(Wire.toWire(file))
                .setLength(3)
                .setPastCache(true)
                .setForPages(writable)
                .setWritable(writable));
    }

    @Test
    void readsPastCachesWaitForNobodyWhoseProgramsCouldNotStoreIntoPages() throws Exception {
        try (TestClient b = TestClient.of(server.port(), OTHER)) {
            assertEquals(ByteString.EMPTY, readsPastItsCache(b, file, false).get(5, TimeUnit.SECONDS));
        }
    }

    @Test
    void readsPastCachesWaitForThoseWhoseProgramsMayHaveStoredIntoPages() throws Exception {
        try (TestClient a = returned()) {
            assertTrue(a.call(reopen()).hasOpen());
            a.recovered();
            assertEquals(ByteString.EMPTY, readsPastItsCache(a, file, true).get());
            formerSession = a.welcome().getSessionEpoch();
            a.cut();
        }
        server.close();
        server = new TestServer(directory, 3);
        try (TestClient b = TestClient.of(server.port(), OTHER);
                TestClient a = new TestClient(server.port(), OLD)) {
            var reading = readsPastItsCache(b, file, false);
            a.openStream();
            a.resumes(2, formerSession);
            assertThrows(TimeoutException.class, () -> reading.get(50, TimeUnit.MILLISECONDS));
            a.recovered();
            assertEquals(ByteString.EMPTY, reading.get());
        }
    }

    @Test
    void readsPastCachesWaitForNobodyWhoHasHadNoPagesToStoreIntoForAWhile() throws Exception {
        try (TestClient a = returned()) {
            assertTrue(a.call(reopen()).hasOpen());
            a.recovered();
            assertTrue(a.call(TestClient.open(file, true)).hasOpen());
            assertEquals(ByteString.EMPTY, readsPastItsCache(a, file, true).get());
            assertMarked(true);
            a.close(file, true, false, AttributeReport.getDefaultInstance());
            a.isHeard(file);
            assertMarked(false);
            assertTrue(a.call(TestClient.open(file, true)).hasOpen());
            assertEquals(ByteString.EMPTY, readsPastItsCache(a, file, true).get());
            assertMarked(true);
        }
    }

    private void assertMarked(boolean marked) throws Exception {
        for (int i = 0; i < 30; i++) {
            server.server().unmark();
        }
        assertEquals(marked ? List.of(OLD) : List.of(), server.domain().storingClients());
    }

    @Test
    void dataIsTakenThoughOnlyItsOwnersOpenOfWhichItDidNotHearHasRaisedTheVersion() throws Exception {
        long session;
        try (TestClient a = returned()) {
            assertEquals(2, a.call(reopen()).getOpen().getAttributes().getVersion());
            session = a.welcome().getSessionEpoch();
        }
        server.close();
        server = new TestServer(directory, 3);
        try (TestClient a = new TestClient(server.port(), OLD)) {
            a.openStream();
            a.resumes(2, session);
            assertEquals(3, a.call(reopen()).getOpen().getAttributes().getVersion());
        }
    }

    private static final long SAID = 100;
    private static final ByteString OLD_DATA = ByteString.copyFromUtf8("old data");

    private ClientFrame.Builder truncation() {
        return ClientFrame.newBuilder()
                .setSetAttributes(SetAttributes.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setSetSize(true)
                        .setSize(3));
    }

    private ClientFrame.Builder emptying() {
        ClientFrame.Builder open = TestClient.open(file, true);
        open.getOpenBuilder().setTruncate(true);
        return open;
    }

    /** The client does not hear that it was done. */
    private void isDoneUnheard(ClientFrame.Builder request) throws Exception {
        TestClient a = returned();
        assertTrue(a.call(reopen()).hasOpen());
        a.recovered();
        assertFalse(a.ask(request, SAID).get().hasError());
        endsUnder(a);
    }

    private ServerFrame saidAgain(TestClient a, ClientFrame.Builder request) throws Exception {
        a.recovered();
        return a.ask(request, SAID).get();
    }

    /** In a session in which the client does not come to ask again what it had asked before. */
    private void whatWasWrittenBeforeComesHome() throws Exception {
        TestClient a = returned();
        assertTrue(a.call(reopen()).hasOpen());
        a.write(file, 0, OLD_DATA, true);
        endsUnder(a);
        assertEquals(OLD_DATA.size(), server.domain().attributes(file).size());
    }

    @Test
    void aTruncationIsDoneAgainOnceWhatWasWrittenBeforeItHasComeHomeInASessionThatIsOver() throws Exception {
        isDoneUnheard(truncation());
        whatWasWrittenBeforeComesHome();
        try (TestClient a = returned()) {
            var answer = saidAgain(a, truncation()).getAttributes().getAttributes();
            assertEquals(3, answer.getSize());
            assertEquals(3, server.domain().attributes(file).size());
        }
    }

    @Test
    void aFileIsEmptiedAgainOnceWhatWasWrittenBeforeHasComeHomeInASessionThatIsOver() throws Exception {
        isDoneUnheard(emptying());
        whatWasWrittenBeforeComesHome();
        try (TestClient a = returned()) {
            assertEquals(0, saidAgain(a, emptying()).getOpen().getAttributes().getSize());
            assertEquals(0, server.domain().attributes(file).size());
        }
    }

    @Test
    void aTruncationThatWasDoneAgainDoesNotCutWhatOthersHaveWrittenSince() throws Exception {
        isDoneUnheard(truncation());
        whatWasWrittenBeforeComesHome();
        TestClient a = returned();
        assertFalse(saidAgain(a, truncation()).hasError());
        endsUnder(a);
        try (TestClient b = TestClient.of(server.port(), OTHER);
                TestClient again = returned()) {
            again.recovered();
            assertTrue(b.call(TestClient.open(file, true)).hasOpen());
            b.write(file, 0, OLD_DATA, true);
            var answer = again.ask(truncation(), SAID).get().getAttributes().getAttributes();
            assertEquals(3, answer.getSize());
            assertEquals(OLD_DATA, again.read(file, 0, 100));
        }
    }

    @Test
    void aChangeOfModeIsNotDoneAgainThoughDataHasComeHome() throws Exception {
        isDoneUnheard(mode(0600));
        TestClient a = returned();
        assertTrue(a.call(reopen()).hasOpen());
        a.recovered();
        assertFalse(a.call(mode(0640)).hasError());
        assertFalse(a.ask(mode(0600), SAID).get().hasError());
        assertEquals(0640, server.domain().attributes(file).mode());
        a.cut();
    }

    private ClientFrame.Builder mode(int mode) {
        return ClientFrame.newBuilder()
                .setSetAttributes(SetAttributes.newBuilder()
                        .setFile(Wire.toWire(file))
                        .setSetMode(true)
                        .setMode(mode));
    }

    @Test
    void aClientThatDoesNotComeBackIsWaitedForUntilItsLeaseMustHaveEnded() throws Exception {
        try (TestClient b = TestClient.of(server.port(), OTHER)) {
            var opening = b.ask(TestClient.open(file, false));
            server.pass(LEASE_MAX_SECONDS / 2);
            server.server().buryTheSilent();
            assertFalse(opening.isDone());
        }
        server.pass(LEASE_MAX_SECONDS / 2 + 1);
        try (TestClient b = TestClient.of(server.port(), OTHER)) {
            var opening = b.ask(TestClient.open(file, false));
            server.server().buryTheSilent();
            assertTrue(opening.get().hasOpen());
            assertEquals(List.of(OTHER), server.domain().clients(), "a later life would let it lock again");
        }
    }

    @Test
    void aClientThatSaysGoodbyeIsNotWaitedForAnyMore() throws Exception {
        try (TestClient b = TestClient.of(server.port(), OTHER);
                TestClient a = returned()) {
            a.send(ClientFrame.newBuilder().setGoodbye(Goodbye.getDefaultInstance()));
            assertTrue(b.call(TestClient.open(file, false)).hasOpen());
            assertEquals(List.of(OTHER), server.domain().clients());
        }
    }

    @Test
    void locksAreGivenAgainToThoseWhoHeldThemAndNotLater() throws Exception {
        try (TestClient b = TestClient.of(server.port(), OTHER);
                TestClient a = returned()) {
            var locking = b.ask(TestClient.flock(file, false));
            assertTrue(a.call(TestClient.flock(file, true)).hasEmpty());
            assertFalse(locking.isDone());
            a.recovered();
            assertEquals(FsError.WOULD_BLOCK.name(), locking.get().getError().getCode());
            ServerFrame late = b.call(TestClient.flock(file, true));
            assertEquals(FsError.STALE.name(), late.getError().getCode());
        }
    }
}
