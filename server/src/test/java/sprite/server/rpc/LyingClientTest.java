package sprite.server.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sprite.common.error.FsError;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Protocol;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.Remove;
import sprite.common.wire.proto.Reopen;
import sprite.common.wire.proto.ServerFrame;

/** A client that says after a restart, or later, that it had what it cannot have had, harms nobody but itself. */
@Timeout(30)
class LyingClientTest {
    private static final long LIAR = 5;
    private static final long HONEST = 6;
    private static final AttributeReport NOTHING = AttributeReport.getDefaultInstance();
    private static final ByteString DATA = ByteString.copyFromUtf8("true");

    @TempDir
    Path directory;

    private TestServer server;
    private TestClient liar;
    private TestClient honest;
    private FileId file;
    private FileId removed;

    /** A former life in which both were clients, and a file was written by the honest one. */
    @BeforeEach
    void aLifeBefore() throws Exception {
        long liarsSession;
        long honestSession;
        try (TestServer before = new TestServer(directory, 1);
                TestClient a = TestClient.of(before.port(), LIAR);
                TestClient b = TestClient.of(before.port(), HONEST)) {
            file = made(b, "f");
            removed = made(b, "removed");
            assertFalse(b.call(ClientFrame.newBuilder()
                            .setRemove(Remove.newBuilder()
                                    .setDirectory(Wire.toWire(b.root()))
                                    .setName(ByteString.copyFromUtf8("removed"))))
                    .hasError());
            liarsSession = a.welcome().getSessionEpoch();
            honestSession = b.welcome().getSessionEpoch();
        }
        server = new TestServer(directory, 2);
        liar = returned(LIAR, liarsSession);
        honest = returned(HONEST, honestSession);
    }

    private static FileId made(TestClient by, String name) throws Exception {
        FileId made = Wire.fileId(by.created(name).getAttributes().getFile());
        by.write(made, 0, DATA, true);
        by.close(made, true, false, NOTHING);
        by.isHeard(made);
        return made;
    }

    private TestClient returned(long id, long session) throws Exception {
        TestClient client = new TestClient(server.port(), id);
        client.openStream();
        client.resumes(1, session);
        return client;
    }

    @AfterEach
    void stop() {
        liar.close();
        honest.close();
        server.close();
    }

    /** Makes a lie about a file of a test. */
    interface Lie {
        Reopen.Builder of(LyingClientTest test) throws Exception;
    }

    private static Lie about(Lie lie) {
        return lie;
    }

    private Reopen.Builder reopen() {
        return reopen(file);
    }

    private static Reopen.Builder reopen(FileId file) {
        return Reopen.newBuilder().setFile(Wire.toWire(file)).setCached(true);
    }

    private static final long LOST_MAX = 1L << 32;

    private long version() throws Exception {
        return server.domain().attributes(file).version();
    }

    static Stream<Arguments> lies() {
        return Stream.of(
                Arguments.of(
                        "a negative version",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setReaders(1).setVersion(-1))),
                Arguments.of(
                        "the last version of all",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setWriters(1).setVersion(Long.MAX_VALUE))),
                Arguments.of(
                        "the last but one",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setWriters(1).setVersion(Long.MAX_VALUE - 1))),
                Arguments.of(
                        "unwritten data of a version that no disk can have lost",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setDirty(true).setVersion(t.version() + LOST_MAX + 1))),
                Arguments.of(
                        "unwritten data of a version before",
                        FsError.STALE,
                        about(t -> t.reopen().setDirty(true).setVersion(t.version() - 1))),
                Arguments.of(
                        "more opens than there can be",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setReaders(2_000_000).setVersion(t.version()))),
                Arguments.of(
                        "more writers than can be counted",
                        FsError.BAD_REQUEST,
                        about(t -> t.reopen().setWriters(-1).setVersion(t.version()))),
                Arguments.of(
                        "a file that never was",
                        FsError.NOT_FOUND,
                        about(t -> reopen(new FileId(t.file.domain(), FileId.INODE_MAX))
                                .setWriters(1)
                                .setVersion(1))),
                Arguments.of(
                        "a file that was removed",
                        FsError.NOT_FOUND,
                        about(t ->
                                reopen(t.removed).setDirty(true).setWriters(1).setVersion(1))),
                Arguments.of(
                        "a directory",
                        FsError.BAD_REQUEST,
                        about(t -> reopen(t.honest.root()).setWriters(1).setVersion(1))),
                Arguments.of(
                        "a domain of another server",
                        FsError.STALE,
                        about(t -> reopen(new FileId(FileId.DOMAIN_MAX - t.file.domain(), 2))
                                .setReaders(1))),
                Arguments.of(
                        "no file at all",
                        FsError.BAD_REQUEST,
                        about(_ -> Reopen.newBuilder().setReaders(1))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void isRefusedWhileFormerClientsAreHeard(String what, FsError error, Lie lie) throws Exception {
        refuses(what, error, lie.of(this));
        liar.recovered();
        honest.recovered();
        theHonestGoesOn();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void isRefusedAfterwards(String what, FsError error, Lie lie) throws Exception {
        liar.recovered();
        honest.recovered();
        refuses(what, error, lie.of(this));
        theHonestGoesOn();
    }

    /** Refused, twice, and nothing else is different. */
    private void refuses(String what, FsError error, Reopen.Builder lie) throws Exception {
        Attributes before = server.domain().attributes(file);
        Attributes root = server.domain().attributes(honest.root());
        for (int i = 0; i < 2; i++) {
            ServerFrame answer = liar.call(ClientFrame.newBuilder().setReopen(lie));
            assertEquals(error.name(), answer.getError().getCode(), what);
            assertTrue(answer.getError().getDetail().contains(error.name()), "says what it is about");
        }
        assertEquals(before, server.domain().attributes(file));
        assertEquals(root, server.domain().attributes(honest.root()));
    }

    private void theHonestGoesOn() throws Exception {
        long before = version();
        assertEquals(DATA, honest.read(file, 0, 100));
        OpenReply opened = honest.call(TestClient.open(file, true)).getOpen();
        assertTrue(opened.getCacheable(), "nobody else has it open");
        assertEquals(before + 1, opened.getAttributes().getVersion());
        ByteString more = ByteString.copyFromUtf8("still true");
        honest.write(file, 0, more, true);
        honest.close(file, true, false, NOTHING);
        honest.isHeard(file);
        assertEquals(more, honest.read(file, 0, 100));
        assertEquals(more, liar.call(TestClient.open(file, false)).getOpen().getData(), "it may live on");
    }

    @Test
    void aLockThatSomebodyElseHoldsIsNotGivenAgain() throws Exception {
        assertTrue(honest.call(TestClient.flock(file, true)).hasEmpty());
        assertEquals(
                FsError.WOULD_BLOCK.name(),
                liar.call(TestClient.flock(file, true)).getError().getCode());
        liar.recovered();
        honest.recovered();
        theHonestGoesOn();
        assertEquals(
                FsError.STALE.name(),
                liar.call(TestClient.flock(file, true)).getError().getCode());
    }

    @Test
    void aSizeThatNoFileHasIsNotBelieved() throws Exception {
        for (long size : new long[] {Long.MAX_VALUE, -1}) {
            var report = AttributeReport.newBuilder().setPresent(true).setSize(size);
            var lie = reopen().setDirty(true).setVersion(version()).setReport(report);
            assertTrue(liar.call(ClientFrame.newBuilder().setReopen(lie)).hasOpen(), "it may be the last writer");
        }
        liar.recovered();
        honest.recovered();
        var seen = honest.call(TestClient.getAttributes(file)).getAttributes().getAttributes();
        assertEquals(DATA.size(), seen.getSize());
    }

    @Test
    void aSessionThatNeverWasBeginsAnewAndReclaimsNothing() throws Exception {
        try (TestClient stranger = new TestClient(server.port(), 7)) {
            stranger.openStream();
            stranger.resumes(1, 77);
            assertFalse(stranger.welcome().getResumed());
            var reopening = stranger.ask(
                    ClientFrame.newBuilder().setReopen(reopen().setDirty(true).setVersion(version() - 1)));
            liar.recovered();
            assertFalse(reopening.isDone(), "others are heard first");
            honest.recovered();
            assertEquals(FsError.STALE.name(), reopening.get().getError().getCode());
            assertEquals(Protocol.VERSION, stranger.welcome().getProtocol());
        }
        theHonestGoesOn();
    }
}
