package sprite.client.box;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sprite.client.cache.Block;
import sprite.client.cache.BlockOwner;
import sprite.client.cache.BlockStore;
import sprite.client.call.Trail;
import sprite.common.name.FileId;
import sprite.common.wire.Wire;
import sprite.common.wire.proto.ClientFrame;
import sprite.common.wire.proto.Close;
import sprite.common.wire.proto.FormerLock;
import sprite.common.wire.proto.FormerSession;
import sprite.common.wire.proto.Lock;
import sprite.common.wire.proto.Welcome;

/** What one life of a daemon keeps the next one finds, wherever the first one stopped. */
final class BoxTest {
    private static final FileId FILE = new FileId(3, 77);

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path directory;

    @SuppressWarnings("NullAway.Init") // before each test
    private Box box;

    private Path path() {
        return directory.resolve(directory.getFileName() + ".living");
    }

    @BeforeEach
    void create() throws IOException {
        box = Box.create(path());
        box.complete();
    }

    /** The life ends here. */
    private void die() throws IOException {
        box.close();
        Box next = Box.takeOver(path());
        assertNotNull(next);
        box = next;
    }

    @AfterEach
    void end() throws IOException {
        box.end();
        box.close();
    }

    @Test
    void aThingIsThereFromItsUseToItsEnd() throws IOException {
        Slot begun = box.slots(Kind.MARK).add();
        begun.put(1, 5);
        Slot used = box.slots(Kind.MARK).add();
        used.put(1, 6);
        used.put(0, 1);
        Slot freed = box.slots(Kind.MARK).add();
        freed.put(0, 1);
        freed.free();
        die();
        assertEquals(
                List.of(6L),
                box.slots(Kind.MARK).former().stream().map(slot -> slot.get(1)).toList());
        box.freeFormer();
        die();
        assertEquals(List.of(), box.slots(Kind.MARK).former());
    }

    @Test
    void aBoxThatWasNotCompleteOrHasEndedIsNone() throws IOException {
        box.close();
        box = Box.create(path());
        box.close();
        assertNull(Box.takeOver(path()));
        create();
        box.end();
        assertNull(Box.takeOver(path()));
    }

    @Test
    void aCallThatIsAskedForAgainGoesOnWithItsNumbers() throws IOException {
        var trail = new CallTrail(box.trails().slot(), 40);
        trail.asks(7, 0, 100);
        trail.asks(7, 0, 101);
        trail.appends(4096);
        var answered = new CallTrail(box.trails().slot(), 42);
        answered.asks(7, 0, 99);
        answered.end();
        die();
        assertNull(box.trails().claim(42));
        assertEquals(
                List.of(100L, 101L),
                box.trails().steps(0).stream().map(CallTrail.Step::number).toList());
        CallTrail again = box.trails().claim(40 | (1L << 63));
        assertNotNull(again);
        assertEquals(4096, again.appended());
        again.wrote(10);
        assertEquals(-1, again.appended());
        assertEquals(0, again.taken(8, 0));
        assertEquals(100, again.taken(7, 0));
        die();
        again = box.trails().claim(40);
        assertNotNull(again);
        assertEquals(10, again.written());
        assertTrue(again.has(7));
        assertEquals(100, again.taken(7, 0));
        assertEquals(101, again.taken(7, 0));
        assertFalse(again.has(7));
    }

    @Test
    void whatIsWrittenIsNotAskedForAgainUnderTheNumberOfWhatIsNot() throws IOException {
        var trail = new CallTrail(box.trails().slot(), 40);
        trail.asks(7, 0, 99);
        trail.asks(Trail.WRITE, 0, 1);
        trail.asks(8, 0, 100);
        trail.wrote(10);
        trail.asks(Trail.WRITE, 0, 2);
        trail.asks(Trail.WRITE, 0, 3);
        die();
        assertEquals(List.of(99L, 100L, 2L, 3L), numbers(box.trails().steps(0)));
        List<CallTrail.Step> released = new ArrayList<>();
        box.trails().whenAnswered(released::add);
        CallTrail again = box.trails().claim(40);
        assertNotNull(again);
        assertEquals(10, again.written());
        assertEquals(2, again.taken(Trail.WRITE, 0));
        again.wrote(20);
        assertEquals(0, again.taken(Trail.WRITE, 0));
        assertFalse(again.has(Trail.WRITE));
        assertEquals(99, again.taken(7, 0));
        assertEquals(List.of(), released);
        assertFalse(box.trails().areAnswered());
        again.end();
        assertEquals(List.of(99L, 100L, 2L, 3L), numbers(released));
        assertTrue(box.trails().areAnswered());
    }

    private static List<Long> numbers(List<CallTrail.Step> steps) {
        return steps.stream().map(CallTrail.Step::number).toList();
    }

    @Test
    void aBoxWithoutADaemonIsAnOrphanOnlyIfItWasComplete() throws IOException {
        box.close();
        assertTrue(Boxes.isOrphan(path()));
        box = Box.create(path());
        box.close();
        assertFalse(Boxes.isOrphan(path()));
        assertFalse(Boxes.isComplete(path()));
        create();
        assertTrue(Boxes.isComplete(path()));
    }

    @Test
    void theEndOfABoxLeavesWhatAnotherDaemonHasMade() throws IOException {
        Box before = box;
        create();
        before.end();
        before.close();
        assertTrue(Files.exists(path()));
        assertTrue(Files.exists(Boxes.blocks(path())));
        Path blocks = Boxes.blocks(path());
        box.end();
        assertFalse(Files.exists(path()));
        assertFalse(Files.exists(blocks));
    }

    /** Hosts on one machine, which have a mount of the same name and share their memory. */
    @Test
    void boxesOfOneNameHaveBlocksOfTheirOwn() throws IOException {
        Path other = Files.createDirectory(directory.resolve("other")).resolve(path().getFileName());
        Box another = Box.create(other);
        try {
            Path blocks = Boxes.blocks(path());
            assertNotEquals(blocks.getFileName(), Boxes.blocks(other).getFileName());
            assertTrue(Files.exists(blocks));
            assertTrue(Files.exists(Boxes.blocks(other)));
        } finally {
            another.end();
            another.close();
        }
    }

    @Test
    void filesThatOthersMayHaveMadeAreNotUsed() throws IOException {
        box.close();
        Path blocks = Boxes.blocks(path());
        Files.setPosixFilePermissions(blocks, PosixFilePermissions.fromString("rw-rw-rw-"));
        assertThrows(IOException.class, () -> Box.takeOver(path()));
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(blocks, elsewhere);
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rw-------"));
        Files.createSymbolicLink(blocks, elsewhere);
        assertThrows(IOException.class, () -> Box.takeOver(path()));
        create();
        assertFalse(Files.isSymbolicLink(blocks));
        assertFalse(Files.isSymbolicLink(Boxes.blocks(path())));
        assertTrue(Files.exists(elsewhere));
    }

    @Test
    void aTextIsThatWhichWasPutLast() throws IOException {
        assertEquals(List.of(), Boxes.look(path()).text());
        for (int i = 0; i < 3; i++) {
            box.putText(List.of("mount", "x".repeat(7000), "" + i));
            assertEquals("" + i, Boxes.look(path()).text().get(2));
        }
        box.putText(List.of("x".repeat(8000)));
        assertEquals(List.of(), Boxes.look(path()).text());
    }

    @Test
    void nothingIsSpoiltWhereNothingIsKept() {
        KeptSession session = KeptSession.of(Box.NONE, "x".repeat(2000));
        session.lastSeq(1);
        assertFalse(Box.NONE.isSpoilt());
        assertNull(Box.NONE.trails().claim(1));
    }

    @Test
    void aSessionGoesOnWithItsNumbersAndWhatWasNotHeard() throws IOException {
        KeptSession session = KeptSession.of(box, "host:1");
        session.welcome(Welcome.newBuilder().setSessionEpoch(1).build());
        session.welcome(Welcome.newBuilder().setSessionEpoch(2).build());
        session.lastSeq(9);
        session.lastWrite(4);
        session.note(note(1), 3).free();
        session.note(note(2), 8);
        die();
        FormerSession former = KeptSession.former(box).getFirst();
        assertEquals("host:1", former.getAddress());
        assertEquals(2, former.getWelcome().getSessionEpoch());
        assertEquals(9, former.getLastSeq());
        assertEquals(4, former.getLastWrite());
        assertEquals(2, former.getLastNote());
        assertEquals(
                List.of(note(2)),
                former.getNotesList().stream().map(FormerSession.Note::getFrame).toList());
    }

    private static ClientFrame note(long number) {
        return ClientFrame.newBuilder()
                .setNote(number)
                .setClose(Close.newBuilder().setFile(Wire.toWire(FILE)))
                .build();
    }

    @Test
    void locksAreThoseThatWereKeptLast() throws IOException {
        var locks = new KeptLocks(box);
        Lock lock = Lock.newBuilder().setFile(Wire.toWire(FILE)).setOwner(5).build();
        FormerLock one = FormerLock.newBuilder().setLock(lock).setHandle(1).build();
        FormerLock other = one.toBuilder().setHandle(2).build();
        locks.are(FILE, List.of(one));
        locks.are(FILE, List.of(one, other));
        locks.owes(List.of(lock)).run();
        Runnable _ = locks.owes(List.of(lock, lock));
        die();
        assertEquals(List.of(one, other), KeptLocks.former(box));
        assertEquals(List.of(lock, lock), KeptLocks.owed(box));
    }

    @Test
    void dirtyBytesAreThereAndNoOthers() throws IOException {
        BlockOwner owner = new BlockOwner() {
            @Override
            public void evict(Block block) {
                throw new AssertionError("nothing is clean");
            }

            @Override
            public long number() {
                return FILE.statInode();
            }
        };
        var store = new BlockStore(64 << 20, 32 << 20, box);
        var dirty = new Block(owner, 12);
        store.ensure(dirty, 4096);
        dirty.bytes().fill((byte) 7);
        dirty.know(0, 4096);
        dirty.dirty(10, 20);
        store.account(dirty);
        store.ensure(dirty, 60_000); // it moves, with what it has
        var clean = new Block(owner, 13);
        store.ensure(clean, 4096);
        clean.know(0, 4096);
        clean.dirty(0, 100);
        store.account(clean);
        clean.takeOff();
        store.account(clean);
        clean.land(true, 0);
        store.account(clean);
        die();
        List<KeptBlocks.Former> former = KeptBlocks.former(box).get(FILE.statInode());
        assertNotNull(former);
        assertEquals(1, former.size());
        assertEquals(12, former.getFirst().index());
        var next = new BlockStore(64 << 20, 32 << 20, box);
        next.restore();
        var found = new Block(owner, 12);
        next.restore(found, former.getFirst());
        assertEquals(10, found.dirtyFrom());
        assertEquals(20, found.dirtyTo());
        assertEquals(7, found.bytes().get(ValueLayout.JAVA_BYTE, 19));
        next.close();
    }
}
