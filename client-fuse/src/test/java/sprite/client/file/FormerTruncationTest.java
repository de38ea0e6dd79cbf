package sprite.client.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static sprite.client.file.Waiting.until;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.box.Box;
import sprite.client.box.CallTrail;
import sprite.client.box.Reading;
import sprite.client.call.Call;
import sprite.client.call.Opener;
import sprite.client.fs.Borrower;
import sprite.client.fs.OpenFlags;
import sprite.client.session.ServerLink.Installer;
import sprite.common.error.FsError;
import sprite.common.error.FsException;
import sprite.common.file.Attributes;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.AttributeReport;
import sprite.common.wire.proto.Callback;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.OpenReply;
import sprite.common.wire.proto.ServerFrame;
import sprite.common.wire.proto.SetAttributes;

/**
 * A daemon was killed while a truncation of a file was under way whose size and data the server did not know. Perhaps
 * the server has cut the file: then what was there before must not come home, nor its size be told.
 */
final class FormerTruncationTest {
    private static final OpenFlags WRITE = new OpenFlags(true, true, false, false, false, false);
    private static final OpenFlags EMPTY = new OpenFlags(false, true, false, false, true, false);
    private static final long CALL = 40;
    private static final long AGAIN = CALL | (1L << 63);
    private static final long SEQ = 100;
    private static final int SIZE = 90;
    private static final int CUT = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    private final FakeServer server = new FakeServer();

    @SuppressWarnings("NullAway.Init") // before each test
    private Box box;

    @SuppressWarnings("NullAway.Init") // before each test
    private FileCache cache;

    /** The kernel asks for the truncation again. */
    @SuppressWarnings("NullAway.Init") // before each test
    private CallTrail trail;

    @BeforeEach
    void create() throws IOException {
        box = Box.create(directory.resolve(directory.getFileName() + ".living"));
        box.complete();
    }

    private OpenFile killed(boolean takenIn) throws Exception {
        return killed(ClientFrame.SET_ATTRIBUTES_FIELD_NUMBER, takenIn);
    }

    /**
     * Returns what a program had open.
     *
     * @param asked what kind of request another one waits for
     * @param takenIn the answer had been taken in, and the first one has written since
     */
    private OpenFile killed(int asked, boolean takenIn) throws Exception {
        FileCache before = cache();
        OpenFile file = before.opened(server, FakeServer.FILE, server.open(true, false), WRITE, before.mark());
        before.write(file, 0, MemorySegment.ofArray(new byte[SIZE]), false);
        var call = new CallTrail(box.trails().slot(), CALL);
        call.holds(FakeServer.FILE.statInode());
        call.asks(asked, 0, SEQ);
        if (takenIn) {
            call.takesIn();
        }
        nextLife();
        Map<Long, OpenFile> handles = cache.inheritance().take(Reading.space(box), _ -> server, box.trails());
        CallTrail again = box.trails().claim(AGAIN);
        assertNotNull(again);
        trail = again;
        return handles.values().iterator().next();
    }

    private void nextLife() throws IOException {
        box.close();
        Box next = Box.takeOver(directory.resolve(directory.getFileName() + ".living"));
        assertNotNull(next);
        box = next;
        cache = cache();
    }

    /** The server cuts the file; its answer. */
    private ServerFrame cut() throws FsException {
        return server.call(truncation(), Installer.NONE, () -> false).toBuilder()
                .setSeq(SEQ)
                .build();
    }

    private static ClientFrame.Builder truncation() {
        return ClientFrame.newBuilder()
                .setSetAttributes(SetAttributes.newBuilder().setSetSize(true).setSize(CUT));
    }

    private FileCache cache() {
        return new FileCache(
                new FileCacheConfig(64 << 20, 32 << 20, Duration.ofSeconds(30), Duration.ZERO, 0, directory),
                AttributeSink.NONE,
                () -> Instant.ofEpochSecond(1000),
                System::nanoTime,
                box);
    }

    @AfterEach
    void end() throws IOException {
        server.close();
        cache.close();
        box.end();
    }

    /** The call has come so far that it holds the file. */
    private FileCache.Truncation holdsAgain() throws FsException {
        FileCache.Truncation[] hold = new FileCache.Truncation[1];
        int _ = again().carryOut(() -> {
            hold[0] = cache.truncating(FakeServer.FILE);
            return 0;
        });
        return hold[0];
    }

    private Call again() {
        var call = new Call("setattr", "", AGAIN, 0, 0);
        call.leaves(trail);
        return call;
    }

    private void goesOn() throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        cache.inheritance().sessionInherited(server, _ -> {}, over::countDown);
        over.await();
    }

    private static Callback.Builder callback(long number) {
        return Callback.newBuilder().setId(number).setFile(Wire.toWire(FakeServer.FILE));
    }

    private void recall(long number) {
        cache.callback(
                server, callback(number).setWriteBack(true).setInvalidate(true).build(), Borrower.FORGOTTEN);
        until(10, () -> server.count(frame -> frame.getCallbackDone().getId() == number) == 1);
    }

    private AttributeReport asked(long number) {
        cache.callback(server, callback(number).setReportAttributes(true).build(), Borrower.FORGOTTEN);
        until(10, () -> server.count(frame -> frame.getCallbackDone().getId() == number) == 1);
        return server.sent().stream()
                .filter(frame -> frame.getCallbackDone().getId() == number)
                .map(frame -> frame.getCallbackDone().getReport())
                .findAny()
                .orElseThrow();
    }

    @Test
    void theSizeFromBeforeIsNotToldWithWhatIsOpen() throws Exception {
        OpenFile _ = killed(false);
        FileCache.Truncation hold = holdsAgain(); // and waits for the session
        goesOn();
        var told = server.sent().stream().filter(ClientFrame::hasReopen).toList();
        assertEquals(1, told.size());
        assertTrue(told.getFirst().getReopen().getDirty());
        assertFalse(told.getFirst().getReopen().getReport().getPresent());
        hold.close(); // the server refused it
        assertEquals(SIZE, asked(1).getSize(), "it still has to be told");
    }

    @Test
    void whatTheServerHasCutOffDoesNotComeHomeThoughItIsRecalledBeforeTheCallIsAskedForAgain() throws Exception {
        OpenFile _ = killed(false);
        goesOn();
        assertEquals(SIZE, asked(1).getSize(), "not carried out");
        cache.inheritance().answeredBefore(server, cut());
        assertFalse(asked(2).getPresent(), "the server knows better");
        cache.callback(
                server, callback(3).setWriteBack(true).setInvalidate(true).build(), Borrower.FORGOTTEN);
        until(10, () -> server.count(frame -> frame.getCallbackDone().getId() == 3) == 1);
        assertEquals(1, server.writes());
        assertEquals(CUT, server.content().length);
    }

    @Test
    void anAnswerThatWasTakenInIsNotTakenInAgain() throws Exception {
        OpenFile _ = killed(true);
        goesOn();
        cache.inheritance().answeredBefore(server, cut());
        assertEquals(SIZE, asked(1).getSize(), "it was written after the truncation");
        int _ = again().carryOut(() -> {
            Attributes _ =
                    cache.truncate(server, FakeServer.FILE, truncation().getSetAttributesBuilder(), Installer.NONE);
            return 0;
        });
        assertEquals(SIZE, asked(2).getSize());
    }

    @Test
    void aFileThatWasEmptiedBeforeTheEndIsNotEmptiedAgain() throws Exception {
        OpenFile _ = killed(ClientFrame.OPEN_FIELD_NUMBER, true);
        goesOn();
        OpenReply answer = server.open(true, true);
        cache.inheritance()
                .answeredBefore(
                        server,
                        ServerFrame.newBuilder().setSeq(SEQ).setOpen(answer).build());
        assertEquals(SIZE, asked(1).getSize(), "it was written after that");
        OpenFile _ = cache.opened(server, FakeServer.FILE, answer, EMPTY, cache.mark(), new Opener(CALL, trail));
        assertEquals(SIZE, asked(2).getSize());
    }

    @Test
    void aFileIsNotCutBecauseAnotherOneWas() throws Exception {
        OpenFile _ = killed(false);
        goesOn();
        ServerFrame.Builder answer = cut().toBuilder();
        answer.getAttributesBuilder().getAttributesBuilder().setFile(Wire.toWire(new FileId(1, 8)));
        cache.inheritance().answeredBefore(server, answer.build());
        assertEquals(SIZE, asked(1).getSize());
    }

    @Test
    void aCallThatIsAskedForAgainHoldsItsFileInTheLifeAfterThatToo() throws Exception {
        OpenFile _ = killed(false);
        FileCache.Truncation _ = holdsAgain();
        assertEquals(SEQ, trail.taken(ClientFrame.SET_ATTRIBUTES_FIELD_NUMBER, 0));
        nextLife();
        var held = box.trails().held().get(CALL);
        assertNotNull(held);
        assertEquals(SEQ, held.step().number());
    }

    @Test
    void aFileThatIsRecalledWhileItIsOpenedAgainStaysGood() throws Exception {
        OpenFile file = killed(false);
        server.refuseReopen = FsError.STALE; // of what is dirty: the recall was for another host's writes
        server.beforeReopen = _ -> {
            server.beforeReopen = _ -> {};
            recall(1);
        };
        goesOn();
        trail.end();
        assertEquals(2, server.count(ClientFrame::hasReopen));
        assertEquals(SIZE, server.content().length);
        cache.fsync(file, false);
    }

    @Test
    void aFileIsNotHeldForACallThatFailsBeforeItHoldsIt() throws Exception {
        OpenFile file = killed(false);
        goesOn();
        CompletableFuture<Void> written = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                cache.write(file, 0, MemorySegment.ofArray(new byte[SIZE]), false);
                written.complete(null);
            } catch (FsException e) {
                written.completeExceptionally(e);
            }
        });
        trail.end();
        written.get(10, TimeUnit.SECONDS);
    }
}
